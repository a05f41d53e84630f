import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type pg from 'pg';
import { type Engine, startEngine } from '../../src/database/engine.js';
import { simpleQuery } from '../../src/database/engine-protocol.js';
import { openPool } from '../../src/database/engine-stream.js';
import { translateFault } from '../../src/registry/faults.js';
import { runTypeScriptOnFailingDisk } from '../support/child.js';

/** Runs for hours where nothing stops it. */
const ENDLESS = 'SELECT count(*) FROM generate_series(1, 1000000) AS a, generate_series(1, 1000000) AS b';

describe('the engine of the embedded database', () => {
  let folder: string;
  let engine: Engine;
  let pool: pg.Pool;
  const said: string[] = [];
  beforeAll(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'weighbridge-engine-'));
    const onGone = (fault: Error) => said.push(fault.message);
    engine = await startEngine(folder, { onTrouble: (line) => said.push(line), onGone });
    pool = openPool(engine.connect);
    await pool.query('CREATE TABLE kept (name text)');
  });
  afterAll(async () => {
    await pool.end();
    await engine.close();
    await fs.rm(folder, { recursive: true, force: true });
  });

  it('stops a statement that takes too long, while the program goes on, and keeps what was acknowledged (G07)', async () => {
    await pool.query("INSERT INTO kept VALUES ('before')");
    engine.limitStatements(1_000);
    let turns = 0;
    const turning = setInterval(() => turns++, 10);
    const stopped: unknown = await pool.query(ENDLESS).catch((error: unknown) => error);
    clearInterval(turning);
    engine.limitStatements(600_000);
    expect(stopped).toMatchObject({ code: '57014', message: 'canceling statement due to statement timeout' });
    expect(translateFault(stopped)).toMatchObject({ code: 'TIMEOUT' });
    expect(turns).toBeGreaterThan(5);
    expect((await pool.query('SELECT name FROM kept')).rows).toEqual([{ name: 'before' }]);
    expect(said.splice(0)).toEqual([
      'the embedded database was stopped: a statement took too long; it is opened again from its files',
      'the embedded database is open again, with everything that was acknowledged',
    ]);
  });

  it('never takes an answer for whole that was cut when its statement was stopped', async () => {
    engine.limitStatements(1_500);
    const cut: unknown = await pool
      .query("SELECT repeat('x', 1000000) AS text FROM generate_series(1, 1000000)")
      .catch((error: unknown) => error);
    engine.limitStatements(600_000);
    expect(cut).toBeInstanceOf(Error);
    expect(['TIMEOUT', 'DATABASE_UNAVAILABLE']).toContain((translateFault(cut) as { code?: string }).code);
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    said.length = 0;
  });

  it('ends the transaction of a statement that was stopped, and lets the one that waits go on', async () => {
    const one = await pool.connect();
    one.on('error', () => undefined);
    await one.query('BEGIN');
    await one.query("INSERT INTO kept VALUES ('cut off')");
    const waits = pool.query("INSERT INTO kept VALUES ('waited')");
    engine.limitStatements(200);
    await expect(one.query(ENDLESS)).rejects.toMatchObject({ code: '57014' });
    engine.limitStatements(600_000);
    const late: unknown = await one.query('COMMIT').catch((error: unknown) => error);
    expect(translateFault(late)).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    one.release();
    await waits;
    const { rows } = await pool.query("SELECT name FROM kept WHERE name IN ('cut off', 'waited')");
    expect(rows).toEqual([{ name: 'waited' }]);
  });

  it('refuses the rest of a transaction whose thread was lost while it waited, and keeps none of it', async () => {
    const one = await pool.connect();
    one.on('error', () => undefined);
    await one.query('BEGIN');
    await one.query("INSERT INTO kept VALUES ('first half')");
    engine.limitStatements(200);
    const other = engine.connect(() => undefined);
    await expect(other(simpleQuery(ENDLESS), () => undefined)).rejects.toMatchObject({ code: '57P02' });
    engine.limitStatements(600_000);
    const rest: unknown = await one.query("INSERT INTO kept VALUES ('second half')").catch((error: unknown) => error);
    one.release(true);
    expect(translateFault(rest)).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    const { rows } = await pool.query("SELECT name FROM kept WHERE name LIKE '%half'");
    expect(rows).toEqual([]);
  });

  it('begins each connection with a session of its own', async () => {
    const one = await pool.connect();
    await one.query({ name: 'prepared', text: 'SELECT 1' });
    await one.query("SET application_name = 'one'");
    await one.query('BEGIN');
    await one.query("INSERT INTO kept VALUES ('given up')");
    one.release(new Error('given up'));
    const { rows } = await pool.query({
      name: 'prepared',
      text: "SELECT current_setting('application_name') AS name, (SELECT count(*)::int FROM kept WHERE name = 'given up') AS kept",
    });
    expect(rows).toEqual([{ name: '', kept: 0 }]);
  });

  it('goes on after a statement that fails, and gives long answers whole', async () => {
    await expect(pool.query('SELECT $1::int / 0', [1])).rejects.toMatchObject({ code: '22012' });
    await expect(pool.query('not SQL')).rejects.toMatchObject({ code: '42601' });
    const { rows } = await pool.query<{ text: string }>(
      "SELECT repeat('x', 1000) AS text FROM generate_series(1, 3000)",
    );
    expect(rows).toHaveLength(3000);
    expect(rows.every(({ text }) => text.length === 1000)).toBe(true);
  });

  it('gives up, and says so, where the disk holds its thread in a call that does not return', async () => {
    const held = await fs.mkdtemp(path.join(os.tmpdir(), 'weighbridge-held-'));
    const orders = path.join(held, 'orders');
    const child = runTypeScriptOnFailingDisk(orders, new URL('./held-thread.ts', import.meta.url), held, orders);
    const lines: string[] = [];
    for (let line = await child.nextLine(); line !== undefined && line !== 'end'; line = await child.nextLine())
      lines.push(line);
    await child.kill();
    await fs.rm(held, { recursive: true, force: true });
    expect(lines.sort()).toEqual([
      'gone ThreadHeld the disk holds the thread of the database in a call that does not return',
      'refused 57014',
      'refused 57P02',
      'said the embedded database was stopped: a statement took too long; it is opened again from its files',
    ]);
  });
});
