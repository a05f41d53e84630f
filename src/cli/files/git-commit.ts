/**
 * Which commit a base names. What a shallow checkout lacks is fetched: of history the commits alone, into a repository that is thrown away, and
 * of models the one commit that is asked for. Never deepens or converts the repository of the caller.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { WeighbridgeError } from '../../core/errors.js';
import { likeliest } from '../../core/spelling.js';
import { gitSettings } from '../../environment.js';
import { shellWord } from '../terminal/shell-word.js';
import { git, GitFailure, gitLine } from './git.js';

/** After a ref, as in `git diff main...`: where HEAD and the ref parted. */
const PARTED = '...';

const found = new Map<string, Promise<string | null>>();

/**
 * The commit's full name. Looked up once in a process: several files are compared with one commit, which is fetched once. Throws FILE_UNREADABLE
 * with the command that gets it. Null is HEAD before the first commit.
 */
export async function findCommit(beside: string, ref: string): Promise<string | null> {
  const key = JSON.stringify([await gitLine(beside, ['rev-parse', '--absolute-git-dir']), ref]);
  const known = found.get(key) ?? find(beside, ref);
  found.set(key, known);
  return known;
}

async function find(beside: string, ref: string): Promise<string | null> {
  if (ref.endsWith(PARTED)) return findMergeBase(beside, ref);
  // Not that of the origin, which is another.
  if (ref === 'HEAD' && (await orNone(gitLine(beside, ['rev-parse', '--verify', '--quiet', ref]))) === null)
    return null;
  return findOrFetch(beside, ref);
}

/** Null where git says by exit code 1 that there is none. */
async function orNone(answer: Promise<string>): Promise<string | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof GitFailure && error.exitCode === 1) return null;
    throw error;
  }
}

async function findOrFetch(beside: string, ref: string): Promise<string> {
  const known = await findHere(beside, ref);
  if (known !== null) return known;
  const parent = await findParent(beside, ref);
  if (parent === null && /[~^]/.test(ref)) throw missing(ref, await whyNoAncestor(beside, ref));
  const wanted = parent ?? nameAtOrigin(ref);
  // A depth would make a whole repository shallow, and cut off what it has.
  const depth = (await isShallow(beside)) ? ['--depth=1'] : [];
  try {
    await git(beside, ['fetch', '--quiet', '--no-tags', ...depth, 'origin', '--', wanted]);
  } catch (error) {
    const said = error instanceof GitFailure ? error.reason : (error as Error).message;
    const isNowhere = /couldn't find remote ref|not our ref/.test(said);
    const advice = isNowhere
      ? `is neither in this repository nor at its origin${await meant(beside, ref)}`
      : `is not in this repository, and cannot be fetched (${said}); run: ${['git fetch', ...depth, 'origin', argument(wanted)].join(' ')}`;
    throw missing(ref, `${ref} ${advice}`, error);
  }
  const fetched = await resolve(beside, parent ?? 'FETCH_HEAD');
  if (fetched === null) throw missing(ref, `${ref} is no commit`);
  return fetched;
}

async function findMergeBase(beside: string, range: string): Promise<string> {
  const ref = range.slice(0, -PARTED.length);
  const head = await resolve(beside, 'HEAD');
  if (head === null) throw missing(range, 'this repository has no commit yet');
  const known = await findHere(beside, ref);
  const shallow = await isShallow(beside);
  const merging =
    known !== null && !shallow ? mergeBase(beside, [known, head]) : mergeBaseOfAll(beside, { ref, known, head });
  const commit = await merging.catch((error: unknown) => {
    const reason = error instanceof GitFailure ? error.reason : (error as Error).message;
    throw missing(range, `git could not tell where HEAD and ${ref} parted: ${reason}`, error);
  });
  if (commit !== null) return findOrFetch(beside, commit);
  const advice = shallow ? '; run: git fetch --unshallow origin' : '';
  throw missing(range, `${ref} and HEAD have no commit in common${advice}`);
}

/** Null where there is none. */
async function mergeBase(
  beside: string,
  between: readonly [string, string],
  repository: readonly string[] = [],
): Promise<string | null> {
  return orNone(gitLine(beside, [...repository, 'merge-base', ...between]));
}

/**
 * In a repository of its own: the commits of `ref`, and those before where the checkout is cut off, without trees and files (a server that cannot
 * leave them out sends all); the checkout's own are borrowed.
 */
async function mergeBaseOfAll(
  beside: string,
  { ref, known, head }: { ref: string; known: string | null; head: string },
): Promise<string | null> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-history-'));
  try {
    await git(folder, ['init', '--quiet', '--bare', '.']);
    const cuts = await cutsOf(beside);
    const wanted = [...(known === null ? [`${nameAtOrigin(ref)}:refs/base`] : []), ...cuts.map(asRef)];
    const fetching = ['fetch', '--quiet', '--no-tags', '--filter=tree:0', 'origin', '--', ...wanted];
    // An origin may be a relative path, from the root of the checkout.
    const root = (await gitLine(beside, ['rev-parse', '--show-cdup'])) || '.';
    await git(beside, ['-C', root, `--git-dir=${folder}`, ...fetching], { variables: await remoteOf(beside) });
    const objects = await gitLine(beside, ['rev-parse', '--path-format=absolute', '--git-path', 'objects']);
    await writeFile(path.join(folder, 'objects/info/alternates'), `${objects}\n`);
    return await mergeBase(beside, [known ?? 'refs/base', head], [`--git-dir=${folder}`]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function asRef(commit: string): string {
  return `${commit}:refs/cut/${commit}`;
}

/** The commits whose parents a shallow checkout does not have. */
async function cutsOf(beside: string): Promise<string[]> {
  if (!(await isShallow(beside))) return [];
  const file = await gitLine(beside, ['rev-parse', '--path-format=absolute', '--git-path', 'shallow']);
  return (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
}

/** How the checkout reaches its origin. */
async function remoteOf(beside: string): Promise<Record<string, string>> {
  const all = (await git(beside, ['config', '--local', '--includes', '--list', '-z'])).toString().split('\0');
  const settings = all
    .map((entry): [string, string] => {
      const [, name = '', value = 'true'] = /^([^\n]*)(?:\n(.*))?$/s.exec(entry) ?? [];
      return [name, value];
    })
    .filter(([name]) => REACHING.test(name));
  return gitSettings(settings);
}

const REACHING =
  /^(?:(?:http|credential|url|ssh|protocol)\.|core\.(?:sshcommand|gitproxy)$|remote\.origin\.(?:url|proxy|uploadpack)$)/;

/** The branch or tag that a misspelt one is nearest to. */
async function meant(beside: string, ref: string): Promise<string> {
  const refs = await git(beside, [
    'for-each-ref',
    '--format=%(refname:short)',
    'refs/heads',
    'refs/tags',
    'refs/remotes',
  ]);
  const names = refs.toString().split('\n').map(nameAtOrigin);
  const near = likeliest(
    nameAtOrigin(ref),
    names.filter((name) => name !== ''),
  );
  return near === null ? '' : `; did you mean ${argument(near)}?`;
}

/** No commit is fetched by how many steps it lies before another. */
async function whyNoAncestor(beside: string, ref: string): Promise<string> {
  const advice = (await isShallow(beside))
    ? 'the checkout is shallow; run: git fetch --unshallow'
    : 'no commit has that many before it';
  return `${ref} is not in this repository: ${advice}`;
}

async function isShallow(beside: string): Promise<boolean> {
  return (await gitLine(beside, ['rev-parse', '--is-shallow-repository'])) === 'true';
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

/** Where no branch or tag of this name is, the origin's branch, as far as it was fetched. */
async function findHere(beside: string, ref: string): Promise<string | null> {
  return (await resolve(beside, ref)) ?? resolve(beside, `refs/remotes/origin/${ref}`);
}

async function resolve(beside: string, ref: string): Promise<string | null> {
  const asked = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`];
  const commit = await git(beside, asked).catch(() => null);
  return commit === null ? null : commit.toString().trim();
}

/** As a shell and git take it: what begins with - is no option. */
function argument(ref: string): string {
  return ref.startsWith('-') ? `-- ${shellWord(ref)}` : shellWord(ref);
}

function nameAtOrigin(ref: string): string {
  return ref.replace(/^origin\//, '');
}

function missing(ref: string, problem: string, cause?: unknown): WeighbridgeError {
  return new WeighbridgeError('FILE_UNREADABLE', `git:${ref}: ${problem}`, { cause });
}
