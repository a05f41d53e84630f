/**
 * U09: the process is killed before every single file operation of a publish, in turn, and started again each time. Each kill has a copy of one
 * prepared registry, of its folder, its database and its prefix of an object store, so that all meet the same publish and none is passed over.
 */
import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { demand, NotHeld, type ExamCase, type Setting } from '../case.js';
import { createDisk } from '../disk/disk.js';
import {
  fsck,
  lossesOf,
  numbersOf,
  publishNoted,
  startServer,
  type Acknowledged,
  type Place,
  type Server,
} from '../server.js';
import { mediumModel } from './models.js';

const AT_ONCE = 2;
/** More than any publish has: nobody is killed, and all are counted. */
const NEVER = 1_000_000;

export const killSweep: ExamCase = {
  id: 'U09',
  title: 'killed at every file operation of a publish',
  async run(setting) {
    const prepared = await prepare(setting);
    const { seen: operations, happened } = await publishOn(setting, prepared, NEVER);
    demand(!happened && operations > 0, `${operations} operations of a publish were seen`);
    let [next, kills, acknowledged, unkilled] = [1, 0, 0, 0];
    // A publish may have an operation more or less than the one before: on to where the last of them are over.
    const lane = async () => {
      while (next <= operations || unkilled < AT_ONCE) {
        const found = await publishOn(setting, prepared, next++);
        if (!found.happened) unkilled += 1;
        else kills += 1;
        if (found.acknowledged && found.happened) acknowledged += 1;
        if (kills % 20 === 0) setting.say(`${kills} kills of ${operations}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    demand(kills >= operations - 2, `${kills} kills at ${operations} operations`);
    return `${operations} operations of a publish, ${kills} kills, ${acknowledged} of them after the answer: 0 lost, 0 corrupt, ${kills} clean restarts`;
  },
};

interface Prepared extends Place {
  noted: Acknowledged;
}

/** A registry at rest that has something to lose. */
async function prepare(setting: Setting): Promise<Prepared> {
  const place = await setting.newPlace('prepared');
  const noted: Acknowledged = new Map();
  const server = await startServer(place);
  for (const seed of [1, 2]) demand((await publishNoted(server, 'm', mediumModel(seed), noted)) === 201, 'no publish');
  await server.stop();
  return { ...place, noted };
}

let copies = 0;

/** On a copy: the third publish, killed before its operation `at`, and what is found after a restart. */
async function publishOn(setting: Setting, prepared: Prepared, at: number) {
  const folder = path.join(setting.folder, `copy-${(copies += 1)}`);
  const data = path.join(folder, 'data');
  await mkdir(folder);
  await cp(prepared.data, data, { recursive: true, filter: (from) => !path.basename(from).startsWith('.lock-') });
  const databaseUrl = prepared.databaseUrl && ((await setting.cluster?.copyOf(prepared.databaseUrl)) ?? null);
  const place = { data, databaseUrl, prefix: (await prepared.prefix?.copy()) ?? null };
  const disk = createDisk(setting.diskLibrary(), folder, data);
  const noted = new Map(prepared.noted);
  let server = await startServer({ ...place, env: disk.env });
  try {
    disk.order({ mode: 'kill', at });
    const status = await publishNoted(server, 'm', mediumModel(3), noted);
    const { happened, seen } = disk.counts();
    disk.order({ mode: 'nothing' });
    demand(happened > 0 || status === 201, `without a kill the publish was answered with ${status}`);
    await server.kill(); // also where nothing stopped it: then it is killed after its answer
    const acknowledged = noted.size > prepared.noted.size;
    server = await startServer(place);
    await requireWhole(`killed at operation ${at}`, { server, ...place, noted });
    return { seen, happened: happened > 0, acknowledged };
  } finally {
    await server.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

/** What was acknowledged is there, nothing has a gap or is corrupt, nothing staged is left, and the same bytes can be published. */
async function requireWhole(when: string, of: Prepared & { server: Server }): Promise<void> {
  const { server, data, databaseUrl, noted } = of;
  const losses = await lossesOf(server, 'm', noted);
  const numbers = await numbersOf(server, 'm');
  const staged = await readdir(path.join(data, 'blobs', 'staging'), { recursive: true, withFileTypes: true });
  const left = staged.filter((entry) => entry.isFile()).length;
  const again = await publishNoted(server, 'm', mediumModel(3), noted);
  const corrupt = await fsck(server);
  const wrong = [
    ...losses,
    ...(numbers.every((number, index) => number === index + 1) ? [] : [`a gap in ${numbers.join(' ')}`]),
    // Other servers on the same folder may be staging theirs; what nobody stages any more goes by its age.
    ...(databaseUrl === null && left > 0 ? [`${left} staged files are left`] : []),
    ...(again === 201 || again === 200 ? [] : [`the same bytes again: ${again}`]),
    ...corrupt,
  ];
  if (wrong.length > 0) throw new NotHeld(`${when}: ${wrong.join(', ')}`);
}
