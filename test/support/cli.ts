// Runs the command line as its users do: a process of its own. It runs the program as it is published where that is of the sources as they
// are, because to compile and resolve them again takes longer than most commands; else the sources (test/global-setup.mjs).
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

/** What starts it: a program and its first arguments. */
export const CLI_COMMAND: readonly [string, ...string[]] = process.env['TEST_CLI_BUILT']
  ? [process.execPath, path.resolve('dist/packages/weighbridge-server/dist/node/main.js')]
  : [process.execPath, '--import', path.resolve('test/support/typescript.mjs'), path.resolve('src/cli/main.ts')];

export function spawnCli(args: readonly string[], options: CliOptions = {}): ChildProcess {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(WEIGHBRIDGE_|DATABASE_URL$|NODE_OPTIONS$)/.test(name),
  );
  const [program, ...first] = CLI_COMMAND;
  return spawn(program, [...first, ...args], {
    cwd: options.cwd,
    // Neither a login of whoever runs the tests, nor the job that does.
    env: {
      ...Object.fromEntries(inherited),
      XDG_CONFIG_HOME: '/nonexistent',
      GITHUB_ACTIONS: '',
      GITLAB_CI: '',
      ...options.env,
    },
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
