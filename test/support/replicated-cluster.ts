// PostgreSQL of this machine twice: a server, and a replica that follows it, on an address that can be led from the one to the other.
import { execFile, execFileSync } from 'node:child_process';
import { chownSync, mkdirSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
// @ts-expect-error -- plain JavaScript, as all that starts servers for the tests
import * as programs from '../postgres-programs.mjs';

const { findBinaries, findFreePort, findIdentity } = programs as {
  findBinaries: (needed: string[]) => string;
  findFreePort: () => Promise<number>;
  findIdentity: () => { uid?: number; gid?: number };
};

const PROGRAMS = ['initdb', 'postgres', 'pg_ctl', 'createdb', 'pg_basebackup'];

interface Server {
  url: string;
  query(statement: string): Promise<Record<string, unknown>[]>;
  /** As a power cut would. */
  kill(): Promise<void>;
}

export interface ReplicatedCluster {
  primary: Server;
  replica: Server;
  /** Where clients go: to the primary at first. */
  address: string;
  /** The replica follows nobody any more, and takes writes. */
  promote(): Promise<void>;
  /** From now on the address leads to the replica; who was connected is cut off. */
  lead(): void;
  stop(): Promise<void>;
}

/** Every commit waits until the replica has it on its disk. Throws where the programs are not installed. */
export async function startReplicatedCluster(): Promise<ReplicatedCluster> {
  const bin = findBinaries(PROGRAMS);
  const identity = findIdentity();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-replicated-'));
  await chmod(folder, 0o711);
  const owned = (name: string): string => {
    const at = path.join(folder, name);
    mkdirSync(at, { mode: 0o700 });
    if (identity.uid !== undefined && identity.gid !== undefined) chownSync(at, identity.uid, identity.gid);
    return at;
  };
  const run = (program: string, ...args: string[]) =>
    promisify(execFile)(path.join(bin, program), args, { ...identity, cwd: folder, timeout: 240_000 });
  const [first, second] = [owned('first'), owned('second')];
  const ports = [await findFreePort(), await findFreePort()] as const;
  const start = (data: string, port: number) =>
    run('pg_ctl', '-D', data, '-w', '-t', '200', '-l', path.join(data, 'log'), '-o', settings(port), 'start');
  const stopNow = (data: string): void => {
    try {
      const ended = ['-D', data, '-w', '-m', 'immediate', 'stop'];
      execFileSync(path.join(bin, 'pg_ctl'), ended, { ...identity, cwd: folder, stdio: 'ignore' });
    } catch {
      // It was stopped already.
    }
  };
  const server = (data: string, port: number): Server => {
    const url = `postgresql://postgres@127.0.0.1:${port}/registry`;
    return {
      url,
      async query(statement) {
        const connection = new pg.Client({ connectionString: url });
        await connection.connect();
        const { rows } = await connection.query<Record<string, unknown>>(statement);
        await connection.end();
        return rows;
      },
      kill: () => Promise.resolve(stopNow(data)),
    };
  };
  await run('initdb', '-D', first, '-N', '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--locale=C');
  await start(first, ports[0]);
  const at = ['-h', '127.0.0.1', '-p', String(ports[0]), '-U', 'postgres'];
  await run('createdb', ...at, 'registry');
  await run('pg_basebackup', ...at, '-D', second, '-R', '-N', '-c', 'fast');
  await start(second, ports[1]);
  const [primary, replica] = [server(first, ports[0]), server(second, ports[1])];
  await primary.query(`ALTER SYSTEM SET synchronous_standby_names = '*'`);
  await primary.query('SELECT pg_reload_conf()');

  let goal: number = ports[0];
  const sockets = new Set<Socket>();
  const gate = net.createServer((client) => {
    const onward = net.connect(goal, '127.0.0.1');
    for (const [one, other] of [
      [client, onward],
      [onward, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
      one.pipe(other);
    }
  });
  gate.listen(0, '127.0.0.1');
  await once(gate, 'listening');
  const cut = () => sockets.forEach((socket) => socket.destroy());
  return {
    primary,
    replica,
    address: `postgresql://postgres@127.0.0.1:${(gate.address() as AddressInfo).port}/registry`,
    promote: async () => void (await run('pg_ctl', '-D', second, '-w', '-t', '200', 'promote')),
    lead() {
      goal = ports[1];
      cut();
    },
    async stop() {
      gate.close();
      cut();
      stopNow(first);
      stopNow(second);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function settings(port: number): string {
  return `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c max_connections=60 -c hot_standby=on`;
}

export function hasPrograms(): boolean {
  try {
    return findBinaries(PROGRAMS) !== '';
  } catch {
    return false;
  }
}
