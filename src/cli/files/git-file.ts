/**
 * A model as it is at a commit of the repository that it lies in, with its data files: written to a temporary folder, git-LFS objects in
 * place of their pointers. Runs git, without a shell; of a shallow checkout it fetches the one commit that is asked for.
 */
import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { locationProblem, spellingsOf } from '../../core/external-location.js';
import { WeighbridgeError } from '../../core/errors.js';
import { inspectFile } from './local-file.js';

const PREFIX = 'git:';
/** A pointer is smaller by far; what is larger is the file itself. */
const MAX_POINTER_BYTES = 1_024;
const POINTER =
  /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:ext-[^\n]*\n)*oid sha256:([0-9a-f]{64})\nsize [0-9]+\n?$/;

export function isGitFile(text: string): boolean {
  return text.startsWith(PREFIX);
}

/**
 * `git:REF` is the subject's own path at that commit, `git:REF:PATH` another one, from the root of the repository: the subject's, or without
 * one that of this folder. Throws FILE_UNREADABLE, and INPUT_INVALID where no path is named.
 */
export async function withGitFile<T>(
  base: string,
  subject: string | null,
  work: (file: string) => Promise<T>,
): Promise<T> {
  const [, ref = '', given] = /^git:([^:]*)(?::(.+))?$/s.exec(base) ?? [];
  if (ref === '' || ref.startsWith('-')) {
    throw new WeighbridgeError('INPUT_INVALID', `${base} names no commit: write git:REF, such as git:origin/main`);
  }
  const own = subject === null ? null : path.basename(subject);
  if (given === undefined && own === null) {
    throw new WeighbridgeError(
      'INPUT_INVALID',
      `${base}: of which file? Write git:REF:PATH, from the root of the repository`,
    );
  }
  const folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-git-'));
  try {
    const beside = subject === null ? process.cwd() : path.dirname(path.resolve(subject));
    const prefix = (await git(beside, ['rev-parse', '--show-prefix'])).toString().replace(/\n$/, '');
    const at: Place = { beside, commit: await findCommit(beside, ref), base };
    const inRepository = given ?? `${prefix}${own}`;
    const file = path.join(folder, path.posix.basename(inRepository));
    if (!(await writeAt(at, inRepository, file))) throw missing(base, `${inRepository} is not in ${ref}`);
    for (const { location } of (await inspectFile(file)).externalData)
      await writeBeside(at, inRepository, location, file);
    return await work(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Place {
  /** A folder of the repository. */
  beside: string;
  commit: string;
  base: string;
}

/** What is not there is found missing where the model is read, as for any file. */
async function writeBeside(at: Place, model: string, location: string, file: string): Promise<void> {
  if (locationProblem(location) !== null) return;
  const folder = path.posix.dirname(model);
  for (const name of spellingsOf(location)) {
    const target = path.join(path.dirname(file), name);
    await mkdir(path.dirname(target), { recursive: true });
    if (await writeAt(at, path.posix.join(folder, name), target)) return;
  }
}

/** False where the commit has no such file. A link or a submodule is none. */
async function writeAt({ beside, commit, base }: Place, inRepository: string, target: string): Promise<boolean> {
  const tree = ['--literal-pathspecs', 'ls-tree', '-z', '--full-tree', '-l', commit, '--', inRepository];
  const [, id, size = ''] =
    /^100[0-7]{3} blob ([0-9a-f]+) +([0-9]+)\t/.exec((await git(beside, tree)).toString()) ?? [];
  if (id === undefined) return false;
  if (Number(size) <= MAX_POINTER_BYTES) {
    const [, oid] = POINTER.exec((await git(beside, ['cat-file', 'blob', id])).toString('latin1')) ?? [];
    if (oid !== undefined) {
      await copyObject({ beside, commit, base }, inRepository, oid, target);
      return true;
    }
  }
  await pipeToFile(beside, ['cat-file', 'blob', id], target);
  return true;
}

async function copyObject({ beside, commit, base }: Place, inRepository: string, oid: string, target: string) {
  const common = (await git(beside, ['rev-parse', '--path-format=absolute', '--git-common-dir'])).toString().trim();
  const object = path.join(common, 'lfs', 'objects', oid.slice(0, 2), oid.slice(2, 4), oid);
  if (!(await stat(object).catch(() => null))?.isFile()) {
    const command = `git lfs fetch origin ${commit} --include=${JSON.stringify(inRepository)}`;
    throw missing(base, `${inRepository} is a git-LFS file whose object is not here; run: ${command}`);
  }
  await pipeline(createReadStream(object), createWriteStream(target));
}

/** The commit's full name. What is not here is fetched, alone. */
async function findCommit(beside: string, ref: string): Promise<string> {
  const known = await resolve(beside, ref);
  if (known !== null) return known;
  const parent = await findParent(beside, ref);
  if (parent === null && /[~^]/.test(ref)) throw missing(`${PREFIX}${ref}`, await whyNoAncestor(beside, ref));
  const wanted = parent ?? ref.replace(/^origin\//, '');
  const fetching = ['fetch', '--quiet', '--no-tags', '--depth=1', 'origin', '--', wanted];
  try {
    await git(beside, fetching);
  } catch (error) {
    const problem = `${ref} is not in this repository, and cannot be fetched; run: git fetch --depth=1 origin ${wanted}`;
    throw missing(`${PREFIX}${ref}`, problem, error);
  }
  const fetched = await resolve(beside, parent ?? 'FETCH_HEAD');
  if (fetched === null) throw missing(`${PREFIX}${ref}`, `${ref} is no commit`);
  return fetched;
}

/** No commit is fetched by how many steps it lies before another. */
async function whyNoAncestor(beside: string, ref: string): Promise<string> {
  const isShallow = (await git(beside, ['rev-parse', '--is-shallow-repository'])).toString().trim() === 'true';
  const advice = isShallow
    ? 'the checkout is shallow; run: git fetch --unshallow'
    : 'no commit has that many before it';
  return `${ref} is not in this repository: ${advice}`;
}

/** Of `X^` and `X^2`: in a shallow checkout a commit names its parents, which are not there. Null of anything else. */
async function findParent(beside: string, ref: string): Promise<string | null> {
  const [, of, which = '1'] = /^(.+?)(?:\^([1-9])?|~1?)$/.exec(ref) ?? [];
  const commit = of === undefined ? null : await resolve(beside, of);
  if (commit === null) return null;
  const text = (await git(beside, ['cat-file', 'commit', commit])).toString();
  const parents = [...(text.split('\n\n')[0] ?? '').matchAll(/^parent ([0-9a-f]+)$/gm)].map(([, id]) => id);
  return parents[Number(which) - 1] ?? null;
}

async function resolve(beside: string, ref: string): Promise<string | null> {
  const asked = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`];
  const found = await git(beside, asked).catch(() => null);
  return found === null ? null : found.toString().trim();
}

async function git(cwd: string, args: readonly string[]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  await run(cwd, args, async (output) => {
    for await (const chunk of output) chunks.push(chunk as Buffer);
  });
  return Buffer.concat(chunks);
}

function pipeToFile(cwd: string, args: readonly string[], target: string): Promise<void> {
  return run(cwd, args, (output) => pipeline(output, createWriteStream(target)));
}

/** A program that answers nothing is asked for passwords: a build has nobody to answer. */
const UNATTENDED = ['-c', 'core.askPass=true', '-c', 'credential.interactive=false'];

async function run(cwd: string, args: readonly string[], read: (output: NodeJS.ReadableStream) => Promise<void>) {
  const child = spawn('git', [...UNATTENDED, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2_000)));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  const [code] = await Promise.all([ended, read(child.stdout)]).catch((error: unknown) => {
    throw new WeighbridgeError('FILE_UNREADABLE', `git could not be run: ${(error as Error).message}`, {
      cause: error,
    });
  });
  if (code !== 0) throw new WeighbridgeError('FILE_UNREADABLE', `git ${args[0] ?? ''}: ${said.trim()}`);
}

function missing(base: string, problem: string, cause?: unknown): WeighbridgeError {
  return new WeighbridgeError('FILE_UNREADABLE', `${base}: ${problem}`, { cause });
}
