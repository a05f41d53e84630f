/**
 * The database's client type, for folders that query but never connect: the registry imports this and nothing else from here.
 * Must never open a connection; that is `open.ts`.
 */
export { Prisma } from './generated/client.js';
export type { PrismaClient } from './generated/client.js';
export type { Select } from './select.js';
