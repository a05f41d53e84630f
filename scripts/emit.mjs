// Writes schema.graphql from the built schema; `npm run emit` builds first, and a test compares the two.
import { writeFileSync } from 'node:fs';
import { buildGraphqlSchema, printSdl } from '../dist/api/schema.js';

writeFileSync(new URL('../schema.graphql', import.meta.url), printSdl(await buildGraphqlSchema()));
