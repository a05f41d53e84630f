// Writes what is made from the built program: schema.graphql and its reference page, and the schema of weighbridge.json. `npm run emit` builds first, and a test
// compares the files with the code.
import { writeFileSync } from 'node:fs';
import { buildGraphqlSchema, printSdl } from '../dist/api/schema.js';
import { budgetsSchema } from '../dist/cli/check/budgets-file.js';
import { graphqlReference } from './graphql-reference.mjs';

const schema = await buildGraphqlSchema();
writeFileSync(new URL('../schema.graphql', import.meta.url), printSdl(schema));
writeFileSync(new URL('../docs/graphql-reference.md', import.meta.url), graphqlReference(schema));
writeFileSync(new URL('../weighbridge.schema.json', import.meta.url), `${JSON.stringify(budgetsSchema(), null, 2)}\n`);
