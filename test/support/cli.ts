// Runs the command line as its users do: a process of its own, over the sources as they are.
import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';

export interface CliResult {
  code: number | null;
  stdout: string;
  /** Standard output as it came. */
  bytes: Buffer;
  stderr: string;
}

export interface CliOptions {
  cwd?: string;
  /** Added to an environment that holds nothing of Weighbridge. */
  env?: Record<string, string>;
  /** Given on standard input; without it, standard input is empty. */
  input?: Uint8Array | string;
}

const HOOKS = path.resolve('test/support/typescript.mjs');
const MAIN = path.resolve('src/cli/main.ts');

export function spawnCli(args: readonly string[], options: CliOptions = {}): ChildProcess {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(WEIGHBRIDGE_|DATABASE_URL$|NODE_OPTIONS$)/.test(name),
  );
  return spawn(process.execPath, ['--import', HOOKS, MAIN, ...args], {
    cwd: options.cwd,
    env: { ...Object.fromEntries(inherited), ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const child = spawnCli(args, options);
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  child.stdin?.on('error', () => undefined); // it may end before it has read everything
  child.stdin?.end(options.input ?? '');
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  return { code, stdout: stdout().toString(), bytes: stdout(), stderr: stderr().toString() };
}

function collect(stream: NodeJS.ReadableStream | null): () => Buffer {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks);
}
