/** A registry without its doors: a database of its own, a blob store in a temporary folder, and principals with real tokens. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openFsBlobStore } from '../../src/blobs/fs-blob-store.js';
import type { Principal, Scope } from '../../src/core/principal.js';
import { type Database, openDatabase } from '../../src/database/open.js';
import { createKept } from '../../src/registry/kept.js';
import type { Needs } from '../../src/registry/needs.js';
import { authenticate, createToken, ensureAdminToken } from '../../src/registry/access/tokens.js';
import { openTestDatabase } from './database.js';

export interface TestRegistry {
  needs: Needs;
  database: Database;
  /** Undefined where the database is embedded. */
  url: string | undefined;
  blobFolder: string;
  admin: Principal;
  /** Scopes read and publish, all models. */
  publisher: Principal;
  /** Scope read, all models. */
  reader: Principal;
  principal(scopes: Scope[], models?: string): Promise<Principal>;
  /** Names of files below the blob folder, however deep: what is stored and what was left behind. */
  blobFiles(): Promise<string[]>;
  close(): Promise<void>;
}

export async function openTestRegistry(options: { embedded?: boolean } = {}): Promise<TestRegistry> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-registry-'));
  const opened = options.embedded ? await openEmbedded(folder) : await openTestDatabase();
  const { database, url } = opened;
  const blobFolder = path.join(folder, 'blobs');
  const blobs = await openFsBlobStore(blobFolder);
  const needs: Needs = {
    database: database.client,
    select: database.select,
    selectToTheEnd: database.select,
    replica: null,
    statementsAtOnce: database.statementsAtOnce,
    blobs,
    ...createKept(),
    approvalsBy: 'ANYONE',
  };

  const principalOf = async (secret: string) => {
    const principal = await authenticate(needs, secret);
    if (principal === null) throw new Error('a token just made is not valid');
    return principal;
  };
  let adminSecret = '';
  await ensureAdminToken(needs, (secret) => {
    adminSecret = secret;
    return Promise.resolve();
  });
  const admin = await principalOf(adminSecret);
  const names = new Map([['admin', 1]]);
  const principal = async (scopes: Scope[], models = '*') => {
    const wanted = scopes.join(' ');
    const count = (names.get(wanted) ?? 0) + 1;
    names.set(wanted, count);
    const name = count === 1 ? wanted : `${wanted} ${count}`;
    return principalOf((await createToken(needs, admin, { name, scopes, models })).secret);
  };

  return {
    needs,
    database,
    url,
    blobFolder,
    admin,
    publisher: await principal(['read', 'publish']),
    reader: await principal(['read']),
    principal,
    blobFiles: async () => {
      const entries = await readdir(blobFolder, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    },
    close: async () => {
      await opened.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The code that it is refused with; `done` where it is not. */
export function refusalOf(work: Promise<unknown>): Promise<string | undefined> {
  return work.then(
    () => 'done',
    (error: { code?: string }) => error.code,
  );
}

async function openEmbedded(folder: string) {
  const database = await openDatabase({ folder: path.join(folder, 'database') });
  return { database, url: undefined, drop: () => database.close() };
}
