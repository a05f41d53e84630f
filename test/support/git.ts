// git as tests use it: repositories of their own, whatever this machine has set.
import { execFileSync } from 'node:child_process';

/** Throws where git fails. Needs nothing of the machine's settings. */
export function git(cwd: string, ...args: string[]): string {
  const settings = ['user.name=a', 'user.email=a@example.org', 'commit.gpgsign=false'].flatMap((one) => ['-c', one]);
  return execFileSync('git', [...settings, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    .toString()
    .trim();
}
