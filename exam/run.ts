/**
 * `npm run exam`: asks whether this build keeps its promises when disks fail, processes die and clients are hostile. The quick questions are
 * tests and are run as such; the long ones are cases here. Prints a table; a question that could not be asked is never one that was held.
 */
import { existsSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { askCase } from './ask.js';
import type { DatabaseKind, StoreKind } from './case.js';
import { CASES } from './cases.js';
import { hasPrograms, startCluster, type Cluster } from './cluster.js';
import { type ObjectStore, openObjectStore } from './object-store.js';
import { describeQuestions, QUESTIONS } from './questions.js';
import { reportTable, summary, type Result } from './report.js';
import { examine } from './server.js';
import { filesByQuestion, runTests } from './tests.js';

const HELP = `npm run exam -- [options] [ids]

Asks whether this build keeps its promises when disks fail, processes die and clients are hostile. Without ids
all questions of docs/reliability.md are asked, which takes an hour or more; with ids (U09, or U for a group) those.

Options:
  --database KIND  embedded (default) or postgresql, of which the programs must be installed
  --store KIND     fs (default), or s3: a Ceph of the exam's own, of which the programs must be installed
  --server FILE    examine another build: the main.js of its dist, for the cases alone
  --minutes N      how long the soak takes (60)
  --mebibytes N    how large each of the uploads of O03 is (4000; 400 with s3, whose store has 8 GiB)
  --only PART      tests or cases: the quick questions alone, or the long ones
  --list           print the ids with what is asked, and by which tests and cases
  --describe       print all questions as docs/reliability.md has them
  --json           print JSON instead of a table
  --help           print this

Exit codes:
  0    all that was asked was held
  1    something was not held
  2    wrong usage, or nothing could be asked

Examples:
  $ npm run exam -- U07 U08
  $ npm run exam -- --database postgresql D
  $ npm run exam -- --database postgresql --store s3 --only cases
`;

class UsageError extends Error {}

// Then what stands under 'exit' is done: servers, the cluster and the folder go too.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

const say = (line: string) => void process.stderr.write(`${line}\n`);

process.exitCode = await main().catch((error: unknown) => {
  say(`exam: ${error instanceof UsageError ? error.message : ((error as Error).stack ?? String(error))}`);
  return 2;
});
// Not left to the event loop: what a broken promise left behind must not keep it.
await new Promise((resolve) => process.stdout.write('', resolve));
process.exit();

async function main(): Promise<number> {
  const options = readArguments();
  if (options === null) return 0;
  const { ids, database, store, part, json, minutes, mebibytes } = options;
  const folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-exam-'));
  process.once('exit', () => {
    try {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    } catch (error) {
      say(`exam: ${folder} is left: ${(error as Error).message}`);
    }
  });
  let cluster: Cluster | null = null;
  let objectStore: ObjectStore | null = null;
  // Else the tests would fall back to the embedded one.
  if (database === 'postgresql' && !hasPrograms())
    throw new UsageError('there is no PostgreSQL here: install its programs (initdb, postgres)');
  const results: Result[] = [];
  if (part !== 'cases') {
    say('tests …');
    results.push(...(await runTests(ids, database, path.join(folder, 'tests.json'))));
  }
  if (part !== 'tests') {
    const cases = CASES.filter(({ id }) => ids.has(id));
    if (database === 'postgresql' && cases.length > 0) cluster = await startCluster(path.join(folder, 'cluster'));
    if (store === 's3' && cases.length > 0) {
      const opened = await openObjectStore();
      if (typeof opened === 'string') throw new UsageError(`there is no object store here: ${opened}`);
      objectStore = opened;
    }
    const given = { folder, database, store, cluster, objectStore, minutes, mebibytes, say };
    for (const each of cases) results.push(...(await askCase(each, given)));
    await objectStore?.stop();
  }
  if (part === null) results.push(...unasked(ids, results));
  results.sort((a, b) => QUESTIONS.findIndex(({ id }) => id === a.id) - QUESTIONS.findIndex(({ id }) => id === b.id));
  const text = json
    ? JSON.stringify({ database, store, results }, null, 2)
    : `${reportTable(results)}\n\n${database} database, ${store} store: ${summary(results)}`;
  process.stdout.write(`${text}\n`);
  if (results.some(({ result }) => result === 'not held')) return 1;
  return results.some(({ result }) => result === 'held') ? 0 : 2;
}

/** What no test and no case asks is said, and is not held. */
function unasked(ids: ReadonlySet<string>, results: readonly Result[]): Result[] {
  return QUESTIONS.filter(({ id }) => ids.has(id) && !results.some((each) => each.id === id)).map(({ id, waits }) => ({
    id,
    what: 'nobody asks it',
    result: waits === undefined ? 'not held' : 'skipped',
    figure: waits ?? 'there is no test and no case',
    seconds: 0,
  }));
}

interface Options {
  ids: ReadonlySet<string>;
  database: DatabaseKind;
  store: StoreKind;
  part: 'tests' | 'cases' | null;
  minutes: number;
  mebibytes: number;
  json: boolean;
}

/** Null when something was only to be printed. */
function readArguments(): Options | null {
  const { values, positionals } = parsed();
  if (values.help) {
    process.stdout.write(HELP);
    return null;
  }
  if (values.describe) {
    process.stdout.write(describeQuestions());
    return null;
  }
  if (values.list) {
    const files = filesByQuestion(new Set(QUESTIONS.map(({ id }) => id)));
    for (const { id, attack, waits } of QUESTIONS) {
      const holders = [
        ...(files.get(id) ?? []),
        ...(CASES.some((each) => each.id === id) ? ['a case of the exam'] : []),
      ];
      process.stdout.write(`${id}  ${attack}\n     ${waits ?? (holders.join(', ') || 'nobody asks it')}\n`);
    }
    return null;
  }
  const { database = 'embedded', store = 'fs', only } = values;
  if (database !== 'embedded' && database !== 'postgresql')
    throw new UsageError('--database takes embedded or postgresql');
  if (store !== 'fs' && store !== 's3') throw new UsageError('--store takes fs or s3');
  if (only !== undefined && only !== 'tests' && only !== 'cases') throw new UsageError('--only takes tests or cases');
  if (values.server !== undefined) {
    if (only !== 'cases') throw new UsageError('--server needs --only cases: tests are of this clone');
    if (!existsSync(values.server)) throw new UsageError(`there is no ${values.server}`);
    examine(values.server);
  }
  const [minutes, mebibytes] = [
    Number(values.minutes ?? 60),
    Number(values.mebibytes ?? (store === 's3' ? 400 : 4_000)),
  ];
  if (!(minutes > 0)) throw new UsageError('--minutes takes a number over 0');
  if (!(Number.isInteger(mebibytes) && mebibytes > 0)) throw new UsageError('--mebibytes takes a whole number over 0');
  const known = QUESTIONS.map(({ id }) => id);
  const ids = positionals.length === 0 ? known : positionals.flatMap((wanted) => matching(wanted, known));
  return { ids: new Set(ids), database, store, part: only ?? null, minutes, mebibytes, json: values.json === true };
}

function matching(wanted: string, known: readonly string[]): string[] {
  const found = known.filter(
    (id) => id === wanted.toUpperCase() || (wanted.length === 1 && id.startsWith(wanted.toUpperCase())),
  );
  if (found.length === 0) throw new UsageError(`there is no question ${JSON.stringify(wanted)}; --list shows them`);
  return found;
}

function parsed() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        database: { type: 'string' },
        store: { type: 'string' },
        server: { type: 'string' },
        minutes: { type: 'string' },
        mebibytes: { type: 'string' },
        only: { type: 'string' },
        list: { type: 'boolean' },
        describe: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}; --help says more`);
  }
}
