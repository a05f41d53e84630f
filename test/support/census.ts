/** Runs the census as its users do, in a process of its own, but without npm, which would build first. */
import { spawn, type ChildProcess } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** What `npm run census --` starts. */
export const CENSUS = [
  '--disable-warning=ExperimentalWarning',
  '--import',
  './test/support/typescript.mjs',
  'census/run.ts',
];

export interface Run {
  child: ChildProcess;
  result: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

export function startCensus(args: readonly string[], cwd = process.cwd()): Run {
  const env = { ...process.env, INIT_CWD: cwd };
  const child = spawn(process.execPath, [...CENSUS, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  return { child, result: ended.then(async (code) => ({ code, stdout: await stdout, stderr: await stderr })) };
}

export function runCensus(...args: string[]): Run['result'] {
  return startCensus(args).result;
}
