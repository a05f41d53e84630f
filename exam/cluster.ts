/** A throw-away PostgreSQL cluster as operators run it, with fsync on, which a case may stop at once and start again. It ends with the exam. */
import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, mkdirSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
// @ts-expect-error -- plain JavaScript, which the set-up of the tests uses too
import * as programs from '../test/postgres-programs.mjs';

const { findBinaries, findFreePort, findIdentity } = programs as {
  findBinaries: () => string;
  findFreePort: () => Promise<number>;
  findIdentity: () => { uid?: number; gid?: number };
};

export interface Cluster {
  /** The address of an empty database. */
  newDatabase: () => Promise<string>;
  /** The address of a copy; nobody may be connected to what is copied. */
  copyOf: (databaseUrl: string) => Promise<string>;
  /** `immediate` as a power cut of its machine would. */
  stop: (mode: 'immediate' | 'fast') => Promise<void>;
  start: () => Promise<void>;
}

export function hasPrograms(): boolean {
  try {
    return findBinaries() !== '';
  } catch {
    return false;
  }
}

/** Throws where the programs are not installed. */
export async function startCluster(folder: string): Promise<Cluster> {
  const bin = findBinaries();
  const identity = findIdentity();
  mkdirSync(folder, { mode: 0o700 });
  await chmod(path.dirname(folder), 0o711); // so that its own user gets there
  if (identity.uid !== undefined && identity.gid !== undefined) chownSync(folder, identity.uid, identity.gid);
  const data = path.join(folder, 'data');
  const run = (program: string, ...args: string[]) =>
    promisify(execFile)(path.join(bin, program), args, { ...identity, cwd: folder, timeout: 300_000 });
  await run('initdb', '-D', data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--locale=C');
  const port = await findFreePort();
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200`;
  const start = () =>
    run('pg_ctl', '-D', data, '-w', '-t', '240', '-l', path.join(folder, 'log'), '-o', settings, 'start').then(
      () => undefined,
    );
  const stop = (mode: string) => run('pg_ctl', '-D', data, '-w', '-t', '240', '-m', mode, 'stop').then(() => undefined);
  await start();
  const endAtOnce = (): void => {
    try {
      execFileSync(path.join(bin, 'pg_ctl'), ['-D', data, '-w', '-m', 'immediate', 'stop'], {
        ...identity,
        cwd: folder,
        stdio: 'ignore',
      });
    } catch {
      // It was stopped already.
    }
  };
  // Before its folder goes, which was asked for earlier.
  process.prependOnceListener('exit', endAtOnce);
  const create = async (template: string) => {
    const name = `exam_${randomBytes(6).toString('hex')}`;
    const connection = new pg.Client({ connectionString: `postgresql://postgres@127.0.0.1:${port}/postgres` });
    await connection.connect();
    await connection.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
    await connection.end();
    return `postgresql://postgres@127.0.0.1:${port}/${name}`;
  };
  return {
    newDatabase: () => create('template1'),
    copyOf: (databaseUrl) => create(new URL(databaseUrl).pathname.slice(1)),
    stop,
    start,
  };
}
