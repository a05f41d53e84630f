/** A server as its operators run it: a process of the published program, on a folder and a database, which a case may stop, kill and ask. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { NotHeld } from './case.js';
import type { Prefix } from './object-store.js';

/** The program that is examined. */
let program = path.resolve(import.meta.dirname, '../dist/packages/weighbridge-server/dist/node/main.js');
/** A start recovers, migrates and may wait for a slow disk. */
const START_MS = 180_000;
/** The pass rule of every case. */
const LIVE_MS = 1_000;

/** Where a registry has what is its own. */
export interface Place {
  data: string;
  /** Null where the database is embedded. */
  databaseUrl: string | null;
  /** Of the object store; null where bytes are in the folder. */
  prefix: Prefix | null;
}

export interface ServerOptions extends Place {
  env?: Readonly<Record<string, string>>;
  /** Any that is free, without one. */
  port?: number;
}

export interface Server {
  url: string;
  port: number;
  /** The first of the registry; empty where its folder has none, since another process made it. */
  token: string;
  process: ChildProcess;
  /** All that it wrote to standard output, and to standard error. */
  printed: () => string;
  log: () => string;
  fetch: (route: string, init?: RequestInit) => Promise<Response>;
  ask: <T>(query: string, variables?: Record<string, unknown>) => Promise<T>;
  /** The status, or 0 when there was no answer. */
  publish: (model: string, bytes: Uint8Array) => Promise<number>;
  /** Ends it in order; the exit code. */
  stop: () => Promise<number | null>;
  /** As a power cut or the kernel would. */
  kill: () => Promise<void>;
}

const running = new Map<ChildProcess, Promise<unknown>>();
const killAll = () => running.forEach((_, child) => child.kill('SIGKILL'));
process.once('exit', killAll);

/** What a case left, also one that failed: nothing of it may run beside the next, or write to a folder that goes. */
export async function endServers(): Promise<void> {
  killAll();
  await Promise.all(running.values());
}

/** Examines another build from now on: that of a commit before a fault was mended must fail. */
export function examine(file: string): void {
  program = path.resolve(file);
}

/** What a program gets for this place. */
export const environmentOf = ({ databaseUrl, prefix }: Omit<Place, 'data'>): Readonly<Record<string, string>> => ({
  ...(databaseUrl === null ? {} : { DATABASE_URL: databaseUrl }),
  ...prefix?.env,
});

function spawnServer({ data, env = {}, port = 0, ...place }: ServerOptions) {
  const child = spawn(process.execPath, [program, 'serve', '--data', data, '--port', String(port)], {
    env: {
      ...environment(),
      ...environmentOf(place),
      WEIGHBRIDGE_UPLOADS_PER_TOKEN: '100',
      WEIGHBRIDGE_UPLOADS: '100',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  running.set(child, exited);
  void exited.then(() => running.delete(child));
  return { child, exited };
}

/** Begins a start, and kills it so long after. */
export async function killStart(options: ServerOptions, afterMs: number): Promise<void> {
  const { child, exited } = spawnServer(options);
  const timer = setTimeout(() => child.kill('SIGKILL'), afterMs);
  child.stdout.resume();
  child.stderr.resume();
  await exited;
  clearTimeout(timer);
}

export async function startServer(options: ServerOptions): Promise<Server> {
  const { data } = options;
  const { child, exited } = spawnServer(options);
  let [printed, log] = ['', ''];
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const url = await new Promise<string>((resolve, reject) => {
    const fail = (what: string) => reject(new NotHeld(`the server ${what}: ${log.slice(-500)}`));
    const timer = setTimeout(() => (child.kill('SIGKILL'), fail('did not start in time')), START_MS);
    child.once('exit', (code, signal) => (clearTimeout(timer), fail(`ended at its start with ${code ?? signal}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      const [found] = /http:\/\/[\w.:[\]]+:\d+/.exec(printed) ?? [];
      if (found === undefined || !printed.includes('\n')) return;
      clearTimeout(timer);
      resolve(found);
    });
  });
  const token = await readFile(path.join(data, 'admin-token'), 'utf8').catch(() => '');
  const withToken = (init: RequestInit = {}): RequestInit => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${server.token}`);
    return { ...init, headers };
  };
  const server: Server = {
    url,
    port: Number(new URL(url).port),
    token: token.trim(),
    process: child,
    printed: () => printed,
    log: () => log,
    fetch: (route, init) => fetch(url + route, withToken(init)),
    async ask<T>(query: string, variables: Record<string, unknown> = {}) {
      const response = await server.fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      });
      const { data: answer, errors } = (await response.json()) as { data?: T; errors?: { message: string }[] };
      if (errors !== undefined || answer == null)
        throw new Error(`GraphQL: ${errors?.[0]?.message ?? response.status}`);
      return answer;
    },
    async publish(model, bytes) {
      try {
        const response = await server.fetch(`/models/${model}/versions`, {
          method: 'PUT',
          body: bytes as Uint8Array<ArrayBuffer>,
        });
        await response.arrayBuffer();
        return response.status;
      } catch {
        return 0;
      }
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await exited;
      return child.exitCode;
    },
    async kill() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await exited;
    },
  };
  return server;
}

/** A command of the published program, to its end: all that it printed. Throws NotHeld where that is not 0. */
export async function runProgram(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...environment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [printed, complaints] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new NotHeld(`weighbridge ${args[0]} ended with ${code}: ${complaints.slice(-300)}`);
  return printed;
}

/** Of this process, without what is meant for a registry. */
function environment(): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(WEIGHBRIDGE_|DATABASE_URL|NODE_OPTIONS$)/.test(name)),
  );
}

export const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export interface Life {
  /** Milliseconds of the longest wait for liveness. */
  worst: number;
  unanswered: number;
  /** The longest wait for a server that does nothing, in the same time. */
  machine: number;
}

/** Watches from now on, in a thread of its own, until the end is asked for. */
export function watchLife({ port }: Server): () => Promise<Life> {
  const watcher = new Worker(new URL('life-watcher.ts', import.meta.url), { workerData: { port } });
  watcher.unref();
  return async () => {
    const told = once(watcher, 'message');
    watcher.postMessage('end');
    const [life] = (await told) as [Life];
    return life;
  };
}

export function demandAlive({ worst, unanswered, machine }: Life): void {
  if (unanswered > 0) throw new NotHeld(`liveness had no answer ${unanswered} times`);
  if (worst >= LIVE_MS + machine)
    throw new NotHeld(`liveness took ${Math.round(worst)} ms (an idle server ${Math.round(machine)} ms)`);
}

/** What was acknowledged: version numbers of one model with the digests of their bytes. */
export type Acknowledged = Map<number, string>;

/** Publishes and remembers what was acknowledged; the status. */
export async function publishNoted(
  server: Server,
  model: string,
  bytes: Uint8Array,
  noted: Acknowledged,
): Promise<number> {
  try {
    const response = await server.fetch(`/models/${model}/versions`, {
      method: 'PUT',
      body: bytes as Uint8Array<ArrayBuffer>,
    });
    const text = await response.text();
    if (response.status === 201) noted.set((JSON.parse(text) as { number: number }).number, digestOf(bytes));
    return response.status;
  } catch {
    return 0;
  }
}

/** What is wrong with what was acknowledged: versions that are missing, and bytes that are others. Downloads them all, or the newest. */
export async function lossesOf(
  server: Server,
  model: string,
  noted: Acknowledged,
  newest = Infinity,
): Promise<string[]> {
  const losses: string[] = [];
  for (const [number, digest] of [...noted].slice(-newest)) {
    const response = await server.fetch(`/models/${model}/versions/${number}/artifact`);
    const bytes = await response.arrayBuffer().then(
      (buffer) => new Uint8Array(buffer),
      () => new Uint8Array(),
    );
    if (!response.ok) losses.push(`version ${number}: ${response.status}`);
    else if (digestOf(bytes) !== digest) losses.push(`version ${number}: other bytes`);
  }
  return losses;
}

/** The numbers that the registry has of a model, in order. */
export async function numbersOf(server: Server, model: string): Promise<number[]> {
  const numbers: number[] = [];
  for (let after: string | null = null; ;) {
    interface Page {
      model: {
        versions: { nodes: { number: number }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
      } | null;
    }
    const page: Page = await server.ask<Page>(VERSIONS, { model, after });
    if (page.model === null) return numbers;
    numbers.push(...page.model.versions.nodes.map(({ number }) => number));
    if (!page.model.versions.pageInfo.hasNextPage) return numbers.sort((a, b) => a - b);
    after = page.model.versions.pageInfo.endCursor;
  }
}

const VERSIONS = `query ExamVersions($model: String!, $after: String) {
  model(name: $model) { versions(first: 100, after: $after) { nodes { number } pageInfo { hasNextPage endCursor } } }
}`;

/** Digests of the stored artifacts that are not what they should be, as `weighbridge fsck` finds them. */
export async function fsck(server: Server): Promise<string[]> {
  const failures: string[] = [];
  for (let after: string | null = null; ;) {
    interface Walk {
      verifyArtifacts: {
        failures: { digest: string; code: string }[] | null;
        last: string | null;
        left: number | null;
      };
    }
    const { verifyArtifacts }: Walk = await server.ask<Walk>(VERIFY, { after });
    failures.push(...(verifyArtifacts.failures ?? []).map(({ digest, code }) => `${digest}: ${code}`));
    if (verifyArtifacts.last === null || !verifyArtifacts.left) return failures;
    after = verifyArtifacts.last;
  }
}

const VERIFY = `mutation ExamVerify($after: String) {
  verifyArtifacts(input: { after: $after }) { failures { digest code } last left }
}`;
