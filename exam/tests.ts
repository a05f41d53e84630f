/** The quick questions, which tests hold: finds the tests that carry an id in their name, runs them by Jest, and says what came of each id. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { DatabaseKind } from './case.js';
import type { Result } from './report.js';

const ROOT = path.resolve(import.meta.dirname, '..');
const ID = /\b[PGUDAOFNS]\d{2}\b/g;

function idsIn(text: string): string[] {
  return text.match(ID) ?? [];
}

/** The test files that mention an id, by id. Whether a test has it in its name is known when it has run. */
export function filesByQuestion(ids: ReadonlySet<string>): Map<string, Set<string>> {
  const files = new Map<string, Set<string>>();
  for (const entry of readdirSync(path.join(ROOT, 'test'), { recursive: true, withFileTypes: true })) {
    // The exam's own tests name questions without asking them.
    if (!entry.name.endsWith('.test.ts') || path.basename(entry.parentPath) === 'exam') continue;
    const file = path.join(entry.parentPath, entry.name);
    for (const id of idsIn(readFileSync(file, 'utf8'))) {
      if (!ids.has(id)) continue;
      if (!files.has(id)) files.set(id, new Set());
      files.get(id)?.add(path.relative(ROOT, file));
    }
  }
  return files;
}

interface JestReport {
  testResults: {
    name: string;
    message: string;
    assertionResults: { fullName: string; status: string; duration?: number | null }[];
  }[];
}

/** A result for each id that a test carries. */
export async function runTests(
  ids: ReadonlySet<string>,
  database: DatabaseKind,
  outputFile: string,
): Promise<Result[]> {
  const files = new Set([...filesByQuestion(ids).values()].flatMap((found) => [...found]));
  if (files.size === 0) return [];
  const jest = spawn(
    process.execPath,
    [
      ...['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'],
      ...[
        '--json',
        `--outputFile=${outputFile}`,
        '--testNamePattern',
        `\\b(${[...ids].join('|')})\\b`,
        '--runTestsByPath',
        ...files,
      ],
    ],
    {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'ignore'], // its answer is in the file
      env: { ...process.env, ...(database === 'embedded' ? { TEST_DATABASE_URL: '', TEST_DATABASE: 'embedded' } : {}) },
    },
  );
  await once(jest, 'exit');
  if (!existsSync(outputFile)) throw new Error('Jest ended without a report; run npm test to see why');
  return resultsOf(JSON.parse(readFileSync(outputFile, 'utf8')) as JestReport, ids);
}

function resultsOf({ testResults }: JestReport, ids: ReadonlySet<string>): Result[] {
  const found = new Map<string, { passed: number; failed: string[]; pending: number; ms: number }>();
  const of = (id: string) => {
    const tally = found.get(id) ?? { passed: 0, failed: [], pending: 0, ms: 0 };
    found.set(id, tally);
    return tally;
  };
  for (const { name, message, assertionResults } of testResults) {
    const file = path.relative(ROOT, name);
    // A file that could not be loaded has no tests: its ids failed.
    if (assertionResults.length === 0 && message !== '') {
      for (const id of idsIn(readFileSync(name, 'utf8'))) if (ids.has(id)) of(id).failed.push(file);
    }
    for (const { fullName, status, duration } of assertionResults) {
      for (const id of new Set(idsIn(fullName))) {
        if (!ids.has(id)) continue;
        const tally = of(id);
        if (status === 'passed') tally.passed += 1;
        else if (status === 'failed') tally.failed.push(`${file}: ${fullName}`);
        else tally.pending += 1;
        tally.ms += duration ?? 0;
      }
    }
  }
  return [...found].map(([id, { passed, failed, pending, ms }]) => ({
    id,
    what: 'tests',
    seconds: ms / 1000,
    ...(failed.length > 0
      ? { result: 'not held', figure: failed.join('; ') }
      : passed > 0
        ? {
            result: 'held',
            figure: `${passed} ${passed === 1 ? 'test' : 'tests'}${pending > 0 ? `, ${pending} skipped` : ''}`,
          }
        : { result: 'skipped', figure: 'its tests need what is not here (PostgreSQL, a browser)' }),
  }));
}
