// Writes what is made from the program: schema.graphql and its reference page, and the schema of weighbridge.json. A test compares the
// files with the code. Reads the sources, not dist: the command line can be compiled only after the schema that its operations fit.
import { writeFileSync } from 'node:fs';
import { buildGraphqlSchema, printSdl } from '../src/api/schema.ts';
import { budgetsSchema } from '../src/library/budgets.ts';
import { graphqlReference } from './graphql-reference.mjs';

const schema = await buildGraphqlSchema();
writeFileSync(new URL('../schema.graphql', import.meta.url), printSdl(schema));
writeFileSync(new URL('../docs/graphql-reference.md', import.meta.url), graphqlReference(schema));
writeFileSync(new URL('../weighbridge.schema.json', import.meta.url), `${JSON.stringify(budgetsSchema(), null, 2)}\n`);
