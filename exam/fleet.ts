/**
 * Several processes of one registry behind a balancer, with clients that publish, check, read, and revoke tokens through it while parts of it are
 * struck down. Counts what was acknowledged and must be there; never decides which part is struck.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
// @ts-expect-error -- plain JavaScript, which the tests and the bench use too
import * as balancers from '../test/start-balancer.mjs';
// @ts-expect-error -- plain JavaScript, as above
import * as programs from '../test/postgres-programs.mjs';
import { smallModel } from './cases/models.js';
import { NotHeld } from './case.js';
import {
  type Acknowledged,
  digestOf,
  fsck,
  lossesOf,
  numbersOf,
  type Place,
  type Server,
  startServer,
} from './server.js';

interface Balancer {
  url: string;
  reload: () => Promise<void>;
  stop: () => Promise<void>;
}

const { startBalancer } = balancers as {
  startBalancer: (ports: readonly number[]) => Promise<(Balancer & { reason?: undefined }) | { reason: string }>;
};
const { findFreePort } = programs as { findFreePort: () => Promise<number> };

export interface Fleet {
  balancer: Balancer;
  /** Of all rights. */
  token: string;
  /** As they run now. */
  servers: Server[];
  /** Another process at the place and the port of one that ended. */
  startAgain: (index: number) => Promise<void>;
  stop: () => Promise<void>;
}

/** A process at each place, all started at once. A reason where there is no balancer. */
export async function startFleet(
  places: readonly Place[],
  env: Readonly<Record<string, string>> = {},
): Promise<Fleet | string> {
  const ports = await Promise.all(places.map(() => findFreePort()));
  const balancer = await startBalancer(ports);
  if (balancer.reason !== undefined) return balancer.reason;
  const all = places.map((place, index) => ({ ...place, env, port: ports[index] ?? 0 }));
  const servers = await Promise.all(all.map(startServer)).catch(async (error: unknown) => {
    await balancer.stop();
    throw error;
  });
  const [token = ''] = servers.map((server) => server.token).filter((found) => found !== '');
  for (const server of servers) server.token = token;
  return {
    balancer,
    token,
    servers,
    async startAgain(index) {
      const options = all[index];
      if (options === undefined) throw new Error(`there is no process ${index}`);
      const server = await startServer(options);
      server.token = token;
      servers[index] = server;
    },
    async stop() {
      await Promise.all(servers.map((server) => server.stop()));
      await balancer.stop();
    },
  };
}

/** Something that happens to a fleet. */
export interface Blow {
  what: string;
  strike: () => Promise<void>;
}

/** What clients saw from a blow until the work went on. */
export interface Phase {
  what: string;
  requests: number;
  /** By status; 0 where none came. */
  answers: Map<number, number>;
  /** Milliseconds without an acknowledged publish. */
  longest: number;
  acknowledged: { model: string; number: number; digest: string }[];
  lost: number;
}

const MODELS = ['one', 'two'];
const PUBLISHERS = 4;
/** So many publishes later the work is taken to go on. */
const FURTHER = 15;
const RECOVERY_MS = 180_000;
/** What a client may be told while a part is gone: no answer, or one that says to try again. */
const MAY_PASS = new Set([0, 502, 503, 504]);
/** The same in an answer of GraphQL. */
const CODES_THAT_MAY_PASS = new Set(['DATABASE_UNAVAILABLE', 'STORAGE_UNAVAILABLE', 'SHUTTING_DOWN', 'TIMEOUT']);
const PATIENCE_MS = 60_000;

/** Clients at work; each blow is struck so many times, one kind after another. Throws NotHeld where a promise was broken. */
export async function strikeFleet(
  fleet: Fleet,
  blows: readonly Blow[],
  { rounds, say }: { rounds: number; say: (line: string) => void },
): Promise<Phase[]> {
  const clients = startClients(fleet);
  const phases: Phase[] = [];
  try {
    for (const { what, strike } of [{ what: 'nothing', strike: () => sleep(2_000) }, ...blows]) {
      const phase = clients.begin(what);
      phases.push(phase);
      for (let round = 0; round < rounds; round += 1) {
        const before = clients.acknowledged();
        await strike();
        await clients.progress(before + FURTHER, what);
      }
      say(describePhase(phase));
    }
  } finally {
    await clients.end();
  }
  const wrong = [...clients.wrong(), ...(await faultsOf(fleet, phases)), ...(await clients.trespasses())];
  if (wrong.length > 0) throw new NotHeld([...new Set(wrong)].slice(0, 8).join(', '));
  return phases;
}

export function describePhase({ requests, answers, longest, acknowledged, lost }: Phase): string {
  const statuses = [...answers].sort(([a], [b]) => a - b);
  const counts = statuses.map(([status, count]) => `${status === 0 ? 'none' : status} ${count}`).join(', ');
  return `${requests} requests (${counts}); ${(longest / 1000).toFixed(1)} s at most without a publish; ${acknowledged.length} acknowledged, ${lost} lost`;
}

/** What is missing or wrong of what was acknowledged, as one process that runs tells; counts the losses of each phase. */
async function faultsOf({ servers }: Fleet, phases: readonly Phase[]): Promise<string[]> {
  const [server] = servers;
  if (server === undefined) return [];
  const wrong: string[] = [];
  for (const model of MODELS) {
    const seen = new Set<number>();
    for (const phase of phases) {
      const noted: Acknowledged = new Map();
      for (const one of phase.acknowledged.filter((each) => each.model === model)) {
        if (seen.has(one.number)) wrong.push(`${model} ${one.number} was acknowledged to two`);
        seen.add(one.number);
        noted.set(one.number, one.digest);
      }
      const losses = await lossesOf(server, model, noted);
      phase.lost += losses.length;
      wrong.push(...losses.map((loss) => `${phase.what}: ${model} ${loss}`));
    }
    const numbers = await numbersOf(server, model);
    if (numbers.some((number, index) => number !== index + 1)) wrong.push(`${model} has gaps`);
    // Each publish was repeated under its key until it was acknowledged: what nobody was told of would be a second version of one.
    if (numbers.length !== seen.size) wrong.push(`${model}: ${seen.size} publishes made ${numbers.length} versions`);
  }
  wrong.push(...(await fsck(server)));
  for (let after: string | null = null, isFirst = true; isFirst || after !== null; isFirst = false) {
    const { trailCheck }: TrailPage = await server.ask<TrailPage>(TRAIL, { after });
    wrong.push(...trailCheck.findings.map(({ fault, modelName }) => `trail of ${modelName ?? 'no model'}: ${fault}`));
    after = trailCheck.next;
  }
  return wrong;
}

interface TrailPage {
  trailCheck: { findings: { fault: string; modelName: string | null }[]; next: string | null };
}
const TRAIL = `query ExamTrail($after: String) { trailCheck(after: $after) { findings { fault modelName } next } }`;

interface Fault {
  message: string;
  extensions: { code: string };
}

interface Answer {
  status: number;
  bytes: Buffer;
}

function startClients(fleet: Fleet) {
  const { balancer, servers } = fleet;
  const wrong: string[] = [];
  /** What was answered as it should be, once at least: work that never succeeds shows nothing. */
  const succeeded = new Set<string>();
  const revoked: string[] = [];
  let [isOver, seed, acknowledged, since] = [false, 0, 0, performance.now()];
  let phase: Phase | undefined;

  const ask = async (url: string, token: string, route: string, init: RequestInit = {}): Promise<Answer> => {
    const headers = { ...(init.headers as Record<string, string>), authorization: `Bearer ${token}` };
    const signal = AbortSignal.timeout(PATIENCE_MS);
    try {
      const response = await fetch(url + route, { ...init, headers, signal });
      return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) };
    } catch {
      return { status: 0, bytes: Buffer.alloc(0) }; // no answer, or one that broke off
    }
  };
  /** Through the balancer, counted; what no client should be told is noted. */
  const through = async (what: string, token: string, route: string, init?: RequestInit, wanted = [200, 201]) => {
    const answer = await ask(balancer.url, token, route, init);
    if (phase !== undefined) {
      phase.requests += 1;
      phase.answers.set(answer.status, (phase.answers.get(answer.status) ?? 0) + 1);
    }
    const isGood = wanted.includes(answer.status);
    if (!isGood && !MAY_PASS.has(answer.status))
      wrong.push(`${what} was answered with ${answer.status} ${answer.bytes.toString().slice(0, 120)}`);
    if (isGood && route !== '/graphql') succeeded.add(what);
    if (!isGood) await sleep(100);
    return { ...answer, isGood };
  };
  /** What it gives, or null where it may be asked again. */
  const graphql = async <T>(what: string, token: string, query: string, variables: object): Promise<T | null> => {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    };
    const { isGood, bytes } = await through(what, token, '/graphql', init);
    if (!isGood) return null;
    const { data, errors = [] } = JSON.parse(bytes.toString()) as { data?: T; errors?: Fault[] };
    const odd = errors.find(({ extensions }) => !CODES_THAT_MAY_PASS.has(extensions.code));
    if (odd !== undefined) wrong.push(`${what}: ${odd.message}`);
    if (errors.length > 0 || data == null) return null;
    succeeded.add(what);
    return data;
  };

  /** Repeated under one key until it is acknowledged, also when the work is over: an answer that was lost must not make a second version. */
  const publish = async () => {
    const [model = '', bytes, key] = [MODELS[seed % MODELS.length], smallModel(seed), randomUUID()];
    seed += 1;
    const init = { method: 'PUT', headers: { 'idempotency-key': key }, body: bytes as Uint8Array<ArrayBuffer> };
    const digest = digestOf(bytes);
    for (const until = performance.now() + RECOVERY_MS; performance.now() < until;) {
      const answer = await through('a publish', fleet.token, `/models/${model}/versions`, init);
      if (!answer.isGood) continue;
      const { number } = JSON.parse(answer.bytes.toString()) as { number: number };
      phase?.acknowledged.push({ model, number, digest });
      acknowledged += 1;
      if (phase !== undefined) phase.longest = Math.max(phase.longest, performance.now() - since);
      since = performance.now();
      // By whichever process: all must know at once.
      const read = await through('a download', fleet.token, `/models/${model}/versions/${number}/artifact`);
      if (read.isGood && digestOf(read.bytes) !== digest) wrong.push(`${model} ${number} was sent with other bytes`);
      return;
    }
    wrong.push('a publish was not acknowledged in time');
  };
  const check = async () => {
    await through('a check', fleet.token, '/models/one/check', {
      method: 'POST',
      body: smallModel(1) as Uint8Array<ArrayBuffer>,
    });
    await sleep(100);
  };
  const list = async () => {
    await graphql('a list', fleet.token, LIST, {});
    await sleep(20);
  };
  const revoke = async () => {
    type Made = { createToken: { secret: string | null; token: { id: string } | null } };
    const name = randomUUID();
    const made = await graphql<Made>('a new token', fleet.token, CREATE, { name });
    const { secret, token } = made?.createToken ?? {};
    if (secret == null || token == null) return;
    await through('a token', secret, '/schema.graphql');
    const done = await graphql<{ revokeToken: { userErrors: unknown[] } }>('a revocation', fleet.token, REVOKE, {
      id: token.id,
    });
    if (done?.revokeToken.userErrors.length !== 0) return; // nothing was promised
    revoked.push(secret);
    wrong.push(...(await answersTo([secret])));
    await sleep(50);
  };
  /** Whoever answers one that was revoked. */
  const answersTo = async (secrets: readonly string[]): Promise<string[]> => {
    const urls = [balancer.url, ...servers.map(({ url }) => url)];
    const found: string[] = [];
    for (const secret of secrets)
      for (const url of urls) {
        const { status } = await ask(url, secret, '/schema.graphql');
        if (status >= 200 && status < 300) found.push('a revoked token was answered');
      }
    return found;
  };

  const again = async (one: () => Promise<void>) => {
    while (!isOver) await one();
  };
  const work = Promise.all([...Array.from({ length: PUBLISHERS }, () => publish), check, list, revoke].map(again));
  work.catch(() => undefined); // told by whoever waits for its end
  return {
    begin(what: string): Phase {
      since = performance.now();
      phase = { what, requests: 0, answers: new Map(), longest: 0, acknowledged: [], lost: 0 };
      return phase;
    },
    acknowledged: () => acknowledged,
    async progress(wanted: number, what: string): Promise<void> {
      for (const until = performance.now() + RECOVERY_MS; acknowledged < wanted; await sleep(20))
        if (performance.now() > until)
          throw new NotHeld(`${what}: no work for ${RECOVERY_MS / 1000} s: ${wrong.slice(-1).join('')}`);
    },
    async end() {
      isOver = true;
      await work;
      wrong.push(...WORK.filter((what) => !succeeded.has(what)).map((what) => `${what} never succeeded`));
    },
    wrong: () => wrong,
    trespasses: () => answersTo(revoked),
  };
}

const WORK = ['a publish', 'a download', 'a check', 'a list', 'a new token', 'a token', 'a revocation'];
const LIST = '{ models(first: 20) { nodes { name latestVersion { number } } } }';
const CREATE = `mutation ExamFleetToken($name: String!) {
  createToken(input: { name: $name, scopes: [READ] }) { secret token { id } }
}`;
const REVOKE = `mutation ExamFleetRevoke($id: ID!) { revokeToken(input: { id: $id }) { userErrors { code } } }`;
