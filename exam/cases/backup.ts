/** O05: a registry is backed up while others publish, withdraw and delete. What was acknowledged before must be in what is restored elsewhere. */
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { demand, type ExamCase } from '../case.js';
import {
  type Acknowledged,
  demandAlive,
  environmentOf,
  fsck,
  lossesOf,
  numbersOf,
  publishNoted,
  runProgram,
  startServer,
  watchLife,
} from '../server.js';
import { mediumModel, smallModel } from './models.js';

const PUBLISHERS = 3;
/** Before the backup, and again before the next, which fetches what is new alone. */
const BEFORE = 60;

export const backupUnderLoad: ExamCase = {
  id: 'O05',
  title: 'two backups under load, restored elsewhere',
  async run(setting) {
    const place = await setting.newPlace();
    const copies = path.join(setting.folder, 'copies');
    const server = await startServer(place);
    const client = { WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN: server.token };
    const noted: Acknowledged = new Map();
    const statuses: number[] = [];
    let [seed, isOver] = [0, false];
    const publish = async () => {
      while (!isOver) {
        const bytes = seed % 4 === 0 ? mediumModel(seed++) : smallModel(seed++);
        statuses.push(await publishNoted(server, 'kept', bytes, noted));
      }
    };
    const destroy = async () => {
      for (let name = 0; !isOver; name += 1) {
        statuses.push(await server.publish(`gone-${name}`, smallModel(seed++)));
        await server.ask(WITHDRAW, { model: `gone-${name}` });
        await server.ask(DELETE, { model: `gone-${name}` });
      }
    };
    const work = Promise.all([...Array.from({ length: PUBLISHERS }, publish), destroy()]);
    const until = async (count: number) => {
      while (noted.size < count) await new Promise((resolve) => setTimeout(resolve, 20));
    };
    await until(BEFORE);
    const endWatch = watchLife(server);
    const first = await backUp(copies, client);
    await until(noted.size + BEFORE);
    const promised = new Map(noted);
    const second = await backUp(copies, client);
    isOver = true;
    await work;
    const life = await endWatch();
    await server.stop();

    const elsewhere = await setting.newPlace('elsewhere');
    await runProgram(['restore', copies, '--data', elsewhere.data], environmentOf(elsewhere));
    await mkdir(elsewhere.data, { recursive: true });
    await copyFile(path.join(place.data, 'admin-token'), path.join(elsewhere.data, 'admin-token'));
    const restored = await startServer(elsewhere);
    const losses = [...(await lossesOf(restored, 'kept', promised)), ...(await fsck(restored))];
    const numbers = await numbersOf(restored, 'kept');
    const goesOn = await restored.publish('kept', smallModel(1_000_000));
    await restored.stop();

    const odd = statuses.filter((status) => status !== 201);
    demand(odd.length === 0, `during the backup publishes were answered with ${[...new Set(odd)].join(' ')}`);
    demandAlive(life);
    demand(losses.length === 0, losses.join(', '));
    demand(numbers.length >= promised.size, `${promised.size} versions were acknowledged, ${numbers.length} restored`);
    demand(goesOn === 201, `the restored registry answers a publish with ${goesOn}`);
    demand(second.fetched < second.artifacts, 'the second backup fetched everything again');
    return `${promised.size} acknowledged before the second backup began, 0 lost, fsck whole; it fetched ${second.fetched} of ${second.artifacts} artifacts (the first ${first.fetched}); live within ${Math.round(life.worst)} ms`;
  },
};

async function backUp(copies: string, env: Record<string, string>): Promise<{ fetched: number; artifacts: number }> {
  return JSON.parse(await runProgram(['backup', copies, '--json'], env)) as { fetched: number; artifacts: number };
}

const WITHDRAW = `mutation ExamBackupWithdraw($model: String!) {
  withdrawVersion(input: { model: $model, version: { number: 1 }, reason: "exam" }) { userErrors { message } }
}`;
const DELETE = `mutation ExamBackupDelete($model: String!) { deleteModel(input: { model: $model }) { userErrors { message } } }`;
