/** Asks one case, in a folder and on a database of its own, and clears up behind it. Must never end the exam, whatever the case leaves. */
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { type ExamCase, NotHeld, type Part, type Setting, Skipped } from './case.js';
import { buildDiskLibrary } from './disk/disk.js';
import type { Result } from './report.js';
import { endServers } from './server.js';

/** `say` hears of each step; `folder` is where that of the case is made. */
export async function askCase(
  { id, title, run }: ExamCase,
  { say, ...given }: Omit<Setting, 'newPlace' | 'diskLibrary'>,
): Promise<Result[]> {
  const folder = await mkdtemp(path.join(given.folder, `${id}-`));
  const setting: Setting = {
    ...given,
    folder,
    newPlace: async (name = 'data') => ({
      data: path.join(folder, name),
      databaseUrl: (await given.cluster?.newDatabase()) ?? null,
      prefix: given.objectStore?.newPrefix() ?? null,
    }),
    diskLibrary: buildDiskLibrary,
    say: (line) => say(`  ${id} ${line}`),
  };
  say(`${id} ${title} …`);
  const since = performance.now();
  const end = (result: Result['result'], ...parts: readonly Part[]): Result[] =>
    parts.map(({ what, figure }) => {
      say(`${id} ${result}: ${figure}`);
      const seconds = (performance.now() - since) / 1000;
      return { id, what, result, figure: figure.replace(/\s+/g, ' '), seconds };
    });
  try {
    const figure = await run(setting);
    return end('held', ...(typeof figure === 'string' ? [{ what: title, figure }] : figure));
  } catch (error) {
    if (error instanceof Skipped) return end('skipped', { what: title, figure: error.message });
    const figure =
      error instanceof NotHeld ? error.message : `the case itself failed: ${(error as Error).stack ?? String(error)}`;
    return end('not held', { what: title, figure: figure.slice(0, 2_000) });
  } finally {
    await clearUp(folder, given).catch((error: unknown) => say(`  ${id} left something: ${(error as Error).message}`));
  }
}

/** What the case started ends first: a folder that is still written to cannot go. */
async function clearUp(folder: string, { objectStore }: Pick<Setting, 'objectStore'>): Promise<void> {
  await endServers();
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  await objectStore?.clear();
}
