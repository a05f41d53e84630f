/**
 * A child process of embedded.test.ts: writes into the embedded database while calls of its disk fail, once each, or all from some time on.
 * Prints each row that is acknowledged, the code of each refusal, and what it is told of the database.
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { openDatabase } from '../../src/database/open.js';
import { translateFault } from '../../src/registry/faults.js';

const [, , folder = '', orders = '', forEver] = process.argv;
const print = (line: string) => process.stdout.write(`${line}\n`);
let gone = () => {};
const isGone = new Promise<void>((resolve) => (gone = resolve));
const { client } = await openDatabase({
  folder,
  onTrouble: (line) => print(`said ${line}`),
  onGone(fault) {
    print(`gone ${(fault as { code?: string }).code} ${fault.message}`);
    gone();
  },
});

const refused = (error: unknown) => void print(`refused ${(translateFault(error) as { code?: string }).code}`);
const write = (modelName: string) =>
  client.versionCounter.create({ data: { modelName } }).then(() => void print(`wrote ${modelName}`), refused);

if (forEver === undefined) {
  for (const order of ['fsync pg_wal 1', 'write pg_wal 1', 'fsync base 1']) {
    await write(`before ${order}`);
    writeFileSync(orders, order);
    if (order.includes('base')) await client.$executeRaw`CHECKPOINT`.catch(refused);
    await Promise.all([write(`meanwhile ${order}`), write(`beside ${order}`)]);
    await write(`after ${order}`);
  }
} else {
  await write('before');
  writeFileSync(orders, 'fsync pg_wal 1000000');
  await Promise.all([write('meanwhile'), write('beside'), isGone]);
}
if (!print('end')) await once(process.stdout, 'drain');
