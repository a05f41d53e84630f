/** What the server says of itself. */
import { createRequire } from 'node:module';
import { inspectionVersion } from '../registry/inspections/inspection-reads.js';

export interface ServerFacts {
  version: string;
  inspectionVersion: number;
}

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
export const serverFacts: ServerFacts = { version, inspectionVersion };
