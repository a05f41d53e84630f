// What a case of the exam leaves behind, also when it fails: nothing of it may end the exam or run beside the next.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { askCase } from '../../exam/ask.js';
import { type ExamCase, NotHeld, Skipped } from '../../exam/case.js';
import { smallModel } from '../../exam/cases/models.js';
import { type Server, startServer } from '../../exam/server.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-asking-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ask = (run: ExamCase['run']) => {
  const given = {
    database: 'embedded',
    store: 'fs',
    cluster: null,
    objectStore: null,
    minutes: 1,
    mebibytes: 1,
  } as const;
  return askCase({ id: 'U09', title: 'some case', run }, { ...given, folder, say: () => undefined });
};

const isBuilt = process.env['TEST_CLI_BUILT'] !== undefined;
if (!isBuilt) console.log('skipped: what a failed case of the exam leaves; the packages are not built');

(isBuilt ? test : test.skip)('a case that fails while its server writes leaves neither server nor folder', async () => {
  let server: Server | undefined;
  let isOver = false;
  const results = await ask(async (setting) => {
    const started = await startServer(await setting.newPlace());
    server = started;
    void (async () => {
      for (let seed = 0; !isOver; seed += 1) await started.publish('m', smallModel(seed));
    })();
    await started.publish('n', smallModel(0));
    throw new NotHeld('lost');
  });
  isOver = true;
  expect(results).toEqual([expect.objectContaining({ id: 'U09', result: 'not held', figure: 'lost' })]);
  expect(server?.process.signalCode).toBe('SIGKILL');
  expect(readdirSync(folder)).toEqual([]);
});

test('a folder that cannot go is told, and the exam goes on', async () => {
  const said: string[] = [];
  const given = { database: 'embedded', store: 'fs', cluster: null, minutes: 1, mebibytes: 1 } as const;
  const failing = { clear: () => Promise.reject(new Error('it is busy')) };
  const results = await askCase(
    { id: 'U09', title: 'some case', run: () => Promise.resolve('all of it') },
    { ...given, folder, objectStore: failing as never, say: (line) => said.push(line) },
  );
  expect(results).toEqual([expect.objectContaining({ result: 'held', figure: 'all of it' })]);
  expect(said.join('\n')).toContain('U09 left something: it is busy');
  expect(existsSync(folder)).toBe(true);
});

test('a case may have a row for each of its parts, and one that cannot be asked is not held', async () => {
  const parts = [
    { what: 'a', figure: '1' },
    { what: 'b', figure: '2' },
  ];
  expect(await ask(() => Promise.resolve(parts))).toEqual(
    parts.map((part) => ({ id: 'U09', result: 'held', ...part, seconds: expect.any(Number) as number })),
  );
  expect(await ask(() => Promise.reject(new Skipped('no disk')))).toEqual([
    expect.objectContaining({ result: 'skipped', figure: 'no disk' }),
  ]);
});
