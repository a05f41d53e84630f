/** A child process of embedded.test.ts: opens the embedded database and writes rows until it is killed; prints each when it is acknowledged. */
import { once } from 'node:events';
import { openDatabase } from '../../src/database/open.js';

const [, , folder = '', prefix = ''] = process.argv;
const { client } = await openDatabase({ folder });
for (let i = 0; ; i++) {
  const modelName = `${prefix}-${i}`;
  await client.$transaction([
    client.versionCounter.create({ data: { modelName } }),
    client.versionCounter.update({ where: { modelName }, data: { lastNumber: 1 } }),
  ]);
  if (!process.stdout.write(`${modelName}\n`)) await once(process.stdout, 'drain');
}
