/** F09: the server's clock is set back a day between two changes. Order is that of writing, not that of a clock. */
import { demand, type ExamCase } from '../case.js';
import { createDisk } from '../disk/disk.js';
import { startServer } from '../server.js';

const DAY_MS = 86_400_000;

export const clockSetBack: ExamCase = {
  id: 'F09',
  title: 'the clock set back a day',
  async run(setting) {
    const place = await setting.newPlace();
    const disk = createDisk(setting.diskLibrary(), setting.folder, place.data);
    const server = await startServer({ ...place, env: disk.env });
    try {
      const names: string[] = [];
      const create = async (count: number) => {
        for (let i = 0; i < count; i += 1) {
          const name = `made-${String(names.length).padStart(2, '0')}`;
          await server.ask(
            `mutation ExamClock($name: String!) { createModel(input: { name: $name }) { model { name createdAt } } }`,
            { name },
          );
          names.push(name);
        }
      };
      await create(5);
      disk.order({ mode: 'nothing', clockMs: -DAY_MS });
      await create(5);
      disk.order({ mode: 'nothing' });
      await create(5);
      const read = await server.ask<{
        events: { nodes: { modelName: string | null; at: string; action: string }[] };
        models: { nodes: { name: string; createdAt: string }[] };
      }>(`{
        events(first: 100) { nodes { modelName at action } }
        models(first: 100, orderBy: { field: CREATED_AT, direction: ASC }) { nodes { name createdAt } }
      }`);
      const made = read.models.nodes.map(({ createdAt }) => Date.parse(createdAt));
      demand(made.length === names.length, `${made.length} of ${names.length} models`);
      const events = read.events.nodes.filter(({ modelName }) => modelName !== null).map(({ modelName }) => modelName);
      demand(events.join() === [...names].reverse().join(), `the trail has ${events.join(' ')}`);
      const listed = read.models.nodes.map(({ name }) => name);
      demand(listed.join() === names.join(), `the list by time has ${listed.join(' ')}`);
      return `${names.length} models made over a clock set back and forth: trail and list in the order of writing`;
    } finally {
      await server.kill();
    }
  },
};
