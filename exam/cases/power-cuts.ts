/**
 * U10 and D03: what is on the disk when the power goes. A server's file operations are written down with the moments of its answers; what a
 * power cut there would leave is made from them and a server started on it. The same without fsync must lose something, or nothing was seen; where
 * rows and bytes are elsewhere, it must not.
 */
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { NotHeld, demand, Skipped, type ExamCase, type Setting } from '../case.js';
import { makeCrashImage, readOperations, seeded, type CrashOptions } from '../disk/crash-image.js';
import { createDisk } from '../disk/disk.js';
import type { Prefix } from '../object-store.js';
import { lossesOf, publishNoted, startServer, type Acknowledged, type Place, type Server } from '../server.js';
import { smallModel } from './models.js';

/** A server that is written down while `work` runs, from a folder of which all is safe. */
async function record(setting: Setting, place: Place, work: (server: Server) => Promise<void>) {
  const { data } = place;
  const before = await startServer(place);
  await before.publish('before', smallModel(0));
  await before.stop();
  const base = path.join(setting.folder, 'base');
  await cp(data, base, { recursive: true, filter: (from) => !path.basename(from).startsWith('.lock-') });
  const disk = createDisk(setting.diskLibrary(), setting.folder, data, { log: true });
  const server = await startServer({ ...place, env: disk.env });
  await work(server);
  await server.kill();
  const operations = readOperations(disk.logFile);
  const answers = operations.flatMap(({ kind }, index) => (kind === 'A' ? [index] : []));
  let images = 0;
  return {
    operations,
    answers,
    /** A server on what the power cut left; null where it does not even start. */
    async startOn(options: Pick<CrashOptions, 'until' | 'syncs' | 'chance'>): Promise<Server | null> {
      const target = path.join(setting.folder, `image-${++images}`);
      makeCrashImage(operations, target, { base, root: data, ...options });
      return startServer({ ...place, data: target }).catch((error: unknown) => {
        if (error instanceof NotHeld) return null;
        throw error;
      });
    },
  };
}

const ANSWERS = 12;

export const powerCutAfterAnswers: ExamCase = {
  id: 'U10',
  title: 'power cut after a publish',
  async run(setting) {
    const place = await setting.newPlace();
    const noted: Acknowledged = new Map();
    const recording = await record(setting, place, async (server) => {
      for (let seed = 1; seed <= ANSWERS; seed += 1) await publishNoted(server, 'm', smallModel(seed), noted);
    });
    const { answers, operations } = recording;
    demand(
      noted.size === ANSWERS && answers.length === ANSWERS,
      `${noted.size} of ${ANSWERS} were acknowledged, ${answers.length} seen`,
    );
    let images = 0;
    for (const count of [1, 2, 7, ANSWERS]) {
      for (const seed of [0, count]) {
        const until = answers[count - 1] ?? 0;
        const server = await recording.startOn({ until, chance: seed === 0 ? null : seeded(seed) });
        images += 1;
        demand(server !== null, `no start after the power cut at answer ${count} (seed ${seed})`);
        const losses = await lossesOf(server, 'm', new Map([...noted].slice(0, count)));
        await server.stop();
        demand(losses.length === 0, `after the power cut at answer ${count} (seed ${seed}): ${losses.join(', ')}`);
      }
    }
    if (place.prefix !== null && place.databaseUrl !== null) return withoutDisk(recording, place.prefix, noted);
    const lost = await Promise.all(
      (['none', 'files'] as const).map(async (syncs) => {
        const server = await recording.startOn({ until: answers.at(-1) ?? 0, syncs, chance: null });
        const losses = server === null ? ['it does not start'] : await lossesOf(server, 'm', noted);
        await server?.stop();
        return losses.length;
      }),
    );
    demand(
      lost.every((count) => count > 0),
      `a control lost nothing: without fsync ${lost[0]}, without that of folders ${lost[1]}`,
    );
    return `${images} images of ${operations.length} operations, 0 lost; controls without fsync lost ${lost[0]} of ${ANSWERS}, without that of folders ${lost[1]}`;
  },
};

/** With rows in a PostgreSQL server and bytes in an object store the disk promises nothing, so that nothing on it may be missed. */
async function withoutDisk(
  recording: Awaited<ReturnType<typeof record>>,
  prefix: Prefix,
  noted: Acknowledged,
): Promise<string> {
  const { answers, operations } = recording;
  const server = await recording.startOn({ until: answers.at(-1) ?? 0, syncs: 'none', chance: null });
  demand(server !== null, 'no start on a disk without fsync');
  const losses = await lossesOf(server, 'm', noted);
  demand(losses.length === 0, `on a disk without fsync: ${losses.join(', ')}`);
  const [digest = ''] = noted.values();
  await prefix.remove(digest);
  const control = await lossesOf(server, 'm', noted);
  await server.stop();
  demand(control.length === 1, `the control, an object that was deleted, lost ${control.length}`);
  return `9 images of ${operations.length} operations, one of them without any fsync, 0 lost of ${noted.size}: nothing that was acknowledged is on the disk; the control, an object that was deleted, lost 1`;
}

const MUTATIONS = 50;

export const powerCutAfterMutations: ExamCase = {
  id: 'D03',
  title: 'power cut after 50 changes',
  async run(setting) {
    if (setting.database !== 'embedded')
      throw new Skipped('what a PostgreSQL server has on its disk is its own promise');
    const names = Array.from({ length: MUTATIONS }, (_, index) => `made-${index}`);
    const recording = await record(setting, await setting.newPlace(), async (server) => {
      for (const name of names) await server.ask(CREATE, { name });
    });
    const { answers, operations } = recording;
    demand(answers.length === MUTATIONS, `${answers.length} of ${MUTATIONS} answers were seen`);
    const missing = async (server: Server | null) => {
      if (server === null) return MUTATIONS;
      const { models } = await server.ask<{ models: { nodes: { name: string }[] } }>(
        '{ models(first: 100) { nodes { name } } }',
      );
      await server.stop();
      return names.filter((name) => !models.nodes.some((model) => model.name === name)).length;
    };
    const until = answers.at(-1) ?? 0;
    const seeds = [0, 1, 2, 3, 4];
    for (const seed of seeds) {
      const lost = await missing(await recording.startOn({ until, chance: seed === 0 ? null : seeded(seed) }));
      demand(lost === 0, `${lost} of ${MUTATIONS} are lost (seed ${seed})`);
    }
    const control = await missing(await recording.startOn({ until, syncs: 'none', chance: null }));
    demand(control > 0, 'the control without fsync lost nothing');
    return `${seeds.length} images of ${operations.length} operations, 0 of ${MUTATIONS} lost; the control without fsync lost ${control}`;
  },
};

const CREATE = `mutation ExamCreate($name: String!) { createModel(input: { name: $name }) { model { name } } }`;
