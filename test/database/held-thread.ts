/**
 * A child process of engine.test.ts: its disk holds the thread of the embedded database in a call that does not return. Prints what is told of
 * the database and how the statement is answered; it cannot end by itself.
 */
import { writeFileSync } from 'node:fs';
import { startEngine } from '../../src/database/engine.js';
import { openPool } from '../../src/database/engine-stream.js';

const [, , folder = '', orders = ''] = process.argv;
const print = (line: string) => process.stdout.write(`${line}\n`);
const engine = await startEngine(
  folder,
  {
    onTrouble: (line) => print(`said ${line}`),
    onGone: (fault) => print(`gone ${fault.constructor.name} ${fault.message}`),
  },
  { endMaxMs: 500 },
);
const pool = openPool(engine.connect);
await pool.query('CREATE TABLE kept (name text)');
engine.limitStatements(1_000);
writeFileSync(orders, 'fsync pg_wal 1 hold');
await pool
  .query("INSERT INTO kept VALUES ('held')")
  .catch((error: unknown) => print(`refused ${(error as { code?: string }).code}`));
await pool.query('SELECT 1').catch((error: unknown) => print(`refused ${(error as { code?: string }).code}`));
print('end');
