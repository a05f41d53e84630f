// Lets a child process of a test run our TypeScript sources as they are: node --import ./test/support/typescript.mjs child.ts
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
