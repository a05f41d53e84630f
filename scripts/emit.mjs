// Writes what is made from the built schema: schema.graphql, and the reference page. `npm run emit` builds first, and a test
// compares the files with the code.
import { writeFileSync } from 'node:fs';
import { buildGraphqlSchema, printSdl } from '../dist/api/schema.js';
import { graphqlReference } from './graphql-reference.mjs';

const schema = await buildGraphqlSchema();
writeFileSync(new URL('../schema.graphql', import.meta.url), printSdl(schema));
writeFileSync(new URL('../docs/graphql-reference.md', import.meta.url), graphqlReference(schema));
