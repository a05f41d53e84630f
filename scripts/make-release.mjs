// Makes a release tag: node scripts/make-release.mjs v1.2.3 [--built]. The tag's commit holds what is published (dist/packages/weighbridge) with
// the files that CI hosts and pre-commit look for, so that they run it without a build; its parent is the source. No branch ever holds it: neither
// the branch that is checked out nor its files are touched. With --built, what is in dist/packages is taken as it is. Pushes nothing.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PACKAGE = 'dist/packages/weighbridge';
/** Found by their place in the repository. */
const FOR_HOSTS = ['action.yml', 'action', '.pre-commit-hooks.yaml', 'templates'];

const [tag, flag] = process.argv.slice(2);
const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
if (tag !== `v${version}`) fail(`name the tag v${version}, which is the version in package.json`);
if (git('status', '--porcelain') !== '') fail('commit first: a release is of what is committed');
if (git('tag', '--list', tag) !== '') fail(`there is a tag ${tag} already: raise the version in package.json`);
if (flag !== '--built')
  execFileSync('npm', ['run', '--silent', 'build'], {
    cwd: ROOT,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
if (!existsSync(path.join(ROOT, PACKAGE, 'package.json'))) fail(`nothing is in ${PACKAGE}: run npm run build`);

const folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-release-'));
try {
  const index = { GIT_INDEX_FILE: path.join(folder, 'index') };
  const source = git('rev-parse', 'HEAD');
  gitWith(index, `--work-tree=${path.join(ROOT, PACKAGE)}`, 'add', '--force', '--all', '.');
  gitWith(index, 'add', '--force', '--', ...FOR_HOSTS);
  const tree = gitWith(index, 'write-tree');
  const message = `Weighbridge ${version}, built from ${source}`;
  const commit = git('commit-tree', tree, '-p', source, '-m', message);
  git('tag', '--annotate', tag, commit, '--message', message);
  const major = tag.split('.')[0];
  console.log(
    `${tag} is made. To publish it: git push origin ${tag} && git push --force origin ${tag}^{commit}:refs/tags/${major}`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function git(...args) {
  return gitWith({}, ...args);
}

function gitWith(variables, ...args) {
  return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', env: { ...process.env, ...variables } }).trim();
}

function fail(reason) {
  console.error(`no release: ${reason}`);
  process.exit(1);
}
