/** Runs git for the commands: without a shell, and with nobody to ask for a password. What git says of a failure is in the error. */
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { WeighbridgeError } from '../../core/errors.js';
import { environmentWith } from '../../environment.js';
import { withoutSecrets } from '../../remote/address.js';

export interface GitOptions {
  /** Variables beside those of this process. */
  variables?: Readonly<Record<string, string>>;
  /** What it reads on standard input; nothing otherwise. */
  input?: Uint8Array;
}

/** git ran, and ended with another code than 0. */
export class GitFailure extends WeighbridgeError {
  /** The line with which git gives up: what it says before and behind it tells what it did, and whom to ask. */
  readonly reason: string;

  constructor(
    args: readonly string[],
    readonly exitCode: number | null,
    said: string,
  ) {
    super('FILE_UNREADABLE', `git ${args[0] ?? ''}: ${said}`);
    const lines = said.split('\n');
    this.reason = lines.find((line) => line.startsWith('fatal: ')) ?? lines.at(-1) ?? '';
  }
}

/** A program that answers nothing is asked for passwords: a build has nobody to answer. */
const UNATTENDED = ['-c', 'core.askPass=true', '-c', 'credential.interactive=false'];

/** Throws FILE_UNREADABLE. */
export async function git(cwd: string, args: readonly string[], options: GitOptions = {}): Promise<Buffer> {
  const chunks: Buffer[] = [];
  await run(cwd, args, options, async (output) => {
    for await (const chunk of output) chunks.push(chunk as Buffer);
  });
  return Buffer.concat(chunks);
}

/** As a line of text. */
export async function gitLine(cwd: string, args: readonly string[], options: GitOptions = {}): Promise<string> {
  return (await git(cwd, args, options)).toString().replace(/\n$/, '');
}

export function gitToFile(
  cwd: string,
  args: readonly string[],
  target: string,
  options: GitOptions = {},
): Promise<void> {
  return run(cwd, args, options, (output) => pipeline(output, createWriteStream(target)));
}

async function run(
  cwd: string,
  args: readonly string[],
  { variables, input }: GitOptions,
  read: (output: NodeJS.ReadableStream) => Promise<void>,
): Promise<void> {
  const child = spawn('git', [...UNATTENDED, ...args], {
    cwd,
    env: environmentWith({ LC_ALL: 'C', ...variables }), // what it says is read
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => undefined); // it may end before it has read everything
  child.stdin.end(input);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (words: string) => (said = (said + words).slice(-2_000)));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  const [code] = await Promise.all([ended, read(child.stdout)]).catch((error: unknown) => {
    throw new WeighbridgeError('FILE_UNREADABLE', `git could not be run: ${(error as Error).message}`, {
      cause: error,
    });
  });
  if (code !== 0) throw new GitFailure(args, code, said.trim().replace(/\w+:\/\/[^\s']+/g, withoutSecrets));
}
