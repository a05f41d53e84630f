// A repository with a release tag, made of the sources and the built program as the script for it does.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { git } from './git.js';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
export const RELEASE_TAG = `v${version}`;
const SOURCES = ['action.yml', 'action', 'package.json', '.pre-commit-hooks.yaml', 'templates', '.gitignore'];

/** In a folder that is not there yet. The branch that is checked out and its files are as before. */
export function makeRelease(repository: string): void {
  mkdirSync(path.join(repository, 'dist/packages'), { recursive: true });
  for (const file of SOURCES) cpSync(file, path.join(repository, file), { recursive: true });
  for (const file of ['scripts/make-release.mjs', 'dist/packages/weighbridge'])
    cpSync(file, path.join(repository, file), { recursive: true });
  git(repository, 'init', '--quiet', '--initial-branch=main');
  git(repository, 'config', 'user.name', 'a');
  git(repository, 'config', 'user.email', 'a@example.org');
  git(repository, 'add', '.');
  git(repository, 'commit', '--quiet', '-m', 'source');
  execFileSync(process.execPath, ['scripts/make-release.mjs', RELEASE_TAG, '--built'], { cwd: repository });
}
