/** U09: the process is killed before every single file operation of a publish, in turn, and started again each time. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { demand, type ExamCase } from '../case.js';
import { createDisk } from '../disk/disk.js';
import { fsck, lossesOf, numbersOf, publishNoted, startServer, type Acknowledged } from '../server.js';
import { mediumModel } from './models.js';

export const killSweep: ExamCase = {
  id: 'U09',
  title: 'killed at every file operation of a publish',
  async run(setting) {
    const data = path.join(setting.folder, 'data');
    const databaseUrl = await setting.newDatabase();
    const disk = createDisk(setting.diskLibrary(), setting.folder, data);
    const options = { data, databaseUrl, env: disk.env };
    const noted: Acknowledged = new Map();
    let server = await startServer(options);
    let kills = 0;
    for (let at = 1; ; at += 1) {
      disk.order({ mode: 'kill', at });
      const status = await publishNoted(server, 'm', mediumModel(at), noted);
      const { happened, seen } = disk.counts();
      disk.order({ mode: 'nothing' });
      if (happened === 0) {
        demand(status === 201, `without a kill the publish was answered with ${status}`);
        demand(seen < at, 'the count of operations is wrong');
        break;
      }
      kills += 1;
      await server.kill(); // the rest of it, where the database has a process of its own
      server = await startServer(options);
      const losses = await lossesOf(server, 'm', noted, 2);
      demand(losses.length === 0, `killed at operation ${at}: ${losses.join(', ')}`);
      const numbers = await numbersOf(server, 'm');
      demand(
        numbers.every((number, index) => number === index + 1),
        `killed at operation ${at}: a gap in ${numbers.join(' ')}`,
      );
      const staged = await readdir(path.join(data, 'blobs', 'staging'), { recursive: true, withFileTypes: true });
      const old = staged.filter((entry) => entry.isFile());
      demand(
        databaseUrl !== null || old.length === 0,
        `killed at operation ${at}: ${old.length} staged files are left`,
      );
      if (kills % 10 === 0) setting.say(`${kills} kills`);
    }
    const losses = await lossesOf(server, 'm', noted);
    const corrupt = await fsck(server);
    await server.stop();
    demand(losses.length === 0, losses.join(', '));
    demand(corrupt.length === 0, `fsck: ${corrupt.join(', ')}`);
    return `${kills} kills, ${noted.size} acknowledged, 0 lost, 0 corrupt, ${kills} clean restarts`;
  },
};
