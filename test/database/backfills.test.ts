// Rows that are kept since a migration are made for what was there before it: all of them, once, by whoever starts, and from where a process that
// was killed left off.
import { setTimeout } from 'node:timers/promises';
import type pg from 'pg';
import { backfill } from '../../src/database/backfills.js';
import { migrate, readMigrations } from '../../src/database/migrate.js';
import { STATEMENT_TIMEOUT_MS } from '../../src/database/pool.js';
import { openEmptyDatabase, testServerUrl, type EmptyDatabase } from '../support/database.js';
import { carriedOver } from '../support/older-database.js';

const onServer = testServerUrl === undefined ? it.skip : it;
const MIGRATION = '20261130020000_version_facts';

/** `count` versions of one model, each with its label, and an LSTM node of 8 units in every second of them. */
const filled = (count: number) => `
  INSERT INTO artifact (digest, byte_size) VALUES ('sha256:a', 1);
  INSERT INTO model (id, name, created_by) VALUES ('00000000-0000-0000-0000-000000000001', 'old', 'a test');
  INSERT INTO inspection (id, artifact_digest, inspection_version, byte_size, opsets, producer_name, producer_version, graph_name, node_count,
    stored_elements, model_params, duplicate_elements, classes, bytes, external_data, warnings, recurrent_node_count, unverifiable_node_count,
    recurrent_per_use, recurrent_distinct, recurrent_effective, recurrent_effective_distinct, external_key)
  SELECT lpad(i::text, 32, '0')::uuid, 'sha256:a', 4, 1, '[]', 'torch', '', '', 1, 1, 1, 0, '{}', '{}', '[]', '[]', 1, 0, 0, 0, 0, 0, i::text
  FROM generate_series(1, ${count}) i;
  INSERT INTO recurrent_node (id, inspection_id, position, path, name, op_type, domain, direction, layout, hidden_size, bias_convention, peepholes, verdict)
  SELECT gen_random_uuid(), lpad(i::text, 32, '0')::uuid, 0, 'graph/a', '', 'LSTM', '', 'forward', 0, 8, 'UNKNOWN', false, 'MATCH'
  FROM generate_series(2, ${count}, 2) i;
  INSERT INTO version (id, model_id, model_name, number, artifact_digest, inspection_id, labels, published_by, producer_name, byte_size, node_count,
    stored_elements, model_params, recurrent_node_count, unverifiable_node_count, recurrent_per_use, recurrent_distinct, recurrent_effective,
    recurrent_effective_distinct, weight_bytes, metadata_bytes, inspection_version)
  SELECT lpad(i::text, 32, '0')::uuid, '00000000-0000-0000-0000-000000000001', 'old', i, 'sha256:a', lpad(i::text, 32, '0')::uuid, ARRAY['run'],
    'a test', 'torch', 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 4
  FROM generate_series(1, ${count}) i;`;

const COUNTS = `SELECT count(*)::int AS all, count(*) FILTER (WHERE fact = fact_id('LABEL', 'run'))::int AS labels,
  count(*) FILTER (WHERE fact = fact_id('PRODUCER', 'torch'))::int AS producers,
  count(*) FILTER (WHERE fact = fact_id('OPERATOR', 'LSTM'))::int AS operators,
  count(*) FILTER (WHERE fact = fact_id('VERDICT', 'MATCH'))::int AS verdicts,
  count(*) FILTER (WHERE fact = fact_id('SIZE', 'LSTM', '8'))::int AS sizes FROM version_fact`;
const countsOf = (count: number) => {
  const half = Math.floor(count / 2);
  return { all: 2 * count + 3 * half, labels: count, producers: count, operators: half, verdicts: half, sizes: half };
};
const read = async (connection: pg.ClientBase, text: string) =>
  (await connection.query<Record<string, unknown>>(text)).rows;

/** Until the one, which has asked for something, waits for a lock. */
async function isWaiting(asking: pg.ClientBase, waiting: pg.ClientBase): Promise<void> {
  const { processID } = waiting as unknown as { processID: number };
  const text = 'SELECT FROM pg_locks WHERE pid = $1 AND NOT granted';
  while ((await asking.query(text, [processID])).rowCount === 0) await setTimeout(20);
}

it('makes the facts of the versions that were there, over several batches', async () => {
  const found = await carriedOver(MIGRATION, filled(4_500), async (connection) => ({
    counts: await read(connection, COUNTS),
    sizes: await read(connection, 'SELECT op_type, hidden_size::int FROM node_size'),
    progress: await read(connection, 'SELECT name, finished_at IS NOT NULL AS finished FROM backfill ORDER BY name'),
  }));
  expect(found).toEqual({
    counts: [countsOf(4_500)],
    sizes: [{ op_type: 'LSTM', hidden_size: 8 }],
    progress: [
      { name: 'model_end', finished: true },
      { name: 'version_fact', finished: true },
    ],
  });
}); // prettier-ignore

describe('a database with versions from before', () => {
  let empty: EmptyDatabase;
  const applied = new Set<string>();
  beforeAll(async () => {
    for (const { name } of await readMigrations()) applied.add(name);
    empty = await openEmptyDatabase();
    await empty.use(async (connection) => {
      await migrate(connection);
      await connection.query(
        `ALTER TABLE version DISABLE TRIGGER USER; ${filled(4_500)} ALTER TABLE version ENABLE TRIGGER USER;
          UPDATE model SET latest_version_id = (SELECT id FROM version WHERE number = 4500)`,
      );
    });
  });
  afterAll(() => empty.drop());
  beforeEach(() => empty.use((connection) => connection.query('DELETE FROM backfill; DELETE FROM version_fact')));

  onServer('goes on where a process that was killed left off', async () => {
    let batches = 0;
    await empty.use(async (connection) => {
      const query = connection.query.bind(connection) as (...args: unknown[]) => Promise<unknown>;
      const dying = Object.assign(Object.create(connection) as pg.ClientBase, {
        query: async (...args: unknown[]) => {
          if (String(args[0]).includes('keep_version_facts') && (batches += 1) === 2) throw new Error('the process is gone');
          return query(...args);
        },
      });
      await expect(backfill(dying, applied)).rejects.toThrow('the process is gone');
    });
    await empty.use(async (connection) => {
      expect(await read(connection, COUNTS)).toEqual([countsOf(2_000)]);
      await backfill(connection, applied);
      expect(await read(connection, COUNTS)).toEqual([countsOf(4_500)]);
    });
  }); // prettier-ignore

  onServer('has the facts of what another server changed meanwhile, and of nothing that was before', async () => {
    await empty.use(async (other) => {
      await other.query(`BEGIN; UPDATE version SET producer_name = 'new' WHERE number = 5`);
      await empty.use(async (connection) => {
        const filling = backfill(connection, applied);
        await isWaiting(other, connection);
        await other.query('COMMIT');
        await filling;
      });
      expect(await read(other, COUNTS)).toEqual([{ ...countsOf(4_500), producers: 4_499 }]);
      await other.query(`UPDATE version SET producer_name = 'torch' WHERE number = 5`);
    });
  });

  onServer('is filled whole although a batch and another server come to wait for each other', async () => {
    await empty.use(async (other) => {
      // So that it is the batch that is stopped.
      await other.query(`SET deadlock_timeout = '10min'`);
      await other.query(`BEGIN; UPDATE version SET labels = ARRAY['run', 'last'] WHERE number = 1999`);
      await empty.use(async (connection) => {
        const filling = backfill(connection, applied);
        await isWaiting(other, connection);
        await other.query(`UPDATE version SET labels = ARRAY['run', 'first'] WHERE number = 2; COMMIT`);
        await filling;
      });
      expect(await read(other, COUNTS)).toEqual([{ ...countsOf(4_500), all: countsOf(4_500).all + 2 }]);
      await other.query(`UPDATE version SET labels = ARRAY['run'] WHERE number IN (2, 1999)`);
    });
  });

  onServer('waits for another that fills for as long as that gets further, and says so when it does not', async () => {
    /** A turn that does not come, as PostgreSQL says it, and what happens meanwhile. */
    const kept = (connection: pg.ClientBase, meanwhile: (turn: number) => Promise<unknown>) => {
      const query = connection.query.bind(connection) as (...args: unknown[]) => Promise<unknown>;
      let turns = 0;
      return Object.assign(Object.create(connection) as pg.ClientBase, {
        query: async (...args: unknown[]) => {
          if (!String(args[0]).includes('FROM backfill') || !String(args[0]).includes('FOR UPDATE'))
            return query(...args);
          await meanwhile((turns += 1));
          throw Object.assign(new Error('canceling statement due to lock timeout'), { code: '55P03' });
        },
      });
    };
    await empty.use(async (connection) => {
      await empty.use(async (other) => {
        const further = (turn: number) =>
          other.query(
            turn < 100
              ? `UPDATE backfill SET done_to = lpad('${turn}', 32, '0')::uuid`
              : 'UPDATE backfill SET finished_at = now()',
          );
        await backfill(kept(connection, further), applied);
        await other.query('DELETE FROM backfill');
      });
      await expect(
        backfill(
          kept(connection, () => Promise.resolve()),
          applied,
        ),
      ).rejects.toMatchObject({
        code: 'MIGRATION_CONFLICT',
        message: expect.stringContaining('version_fact cannot be filled') as string,
      });
    });
  });

  onServer('is filled once by several that start together, while versions are published', async () => {
    await Promise.all([1, 2, 3].map(() => empty.use((connection) => backfill(connection, applied))));
    await empty.use(async (connection) => {
      expect(await read(connection, COUNTS)).toEqual([countsOf(4_500)]);
      await backfill(connection, applied);
      expect(await read(connection, COUNTS)).toEqual([countsOf(4_500)]);
    });
  });

  const ENDS = 'SELECT place, number, byte_size::int FROM model_end ORDER BY place';
  const ends = (latest: number, first = 1, size = 1) => [
    { place: 'FIRST', number: first, byte_size: size },
    { place: 'LATEST', number: latest, byte_size: 1 },
    { place: 'PREVIOUS', number: latest - 1, byte_size: 1 },
  ];

  onServer('has the ends of its models', async () => {
    await empty.use(async (connection) => {
      await connection.query('DELETE FROM model_end');
      await backfill(connection, applied);
      expect(await read(connection, ENDS)).toEqual(ends(4_500));
    });
  });

  const LATEST = (number: number) =>
    `UPDATE model SET latest_version_id = (SELECT id FROM version WHERE number = ${number})`;
  const READ_AGAIN = (size: number) =>
    `UPDATE version SET byte_size = ${size}, inspection_id = (SELECT inspection_id FROM version WHERE number = ${size + 1}) WHERE number = 1`;
  onServer.each([
    ['a publish', 'another server that reads a version again', LATEST(4_499), READ_AGAIN(8), ends(4_499, 1, 8)],
    ['a version that is read again', 'a publish', READ_AGAIN(16), LATEST(4_500), ends(4_500, 1, 16)],
  ])('has the ends of its models after %s, with what %s did meanwhile', async (_, __, held, waits, expected) => {
    await empty.use(async (one) => {
      await empty.use(async (other) => {
        await one.query(`BEGIN; ${held}`);
        const done = other.query(waits);
        await isWaiting(one, other);
        await one.query('COMMIT');
        await done;
        expect(await read(one, ENDS)).toEqual(expected);
      });
    });
  });

  onServer(
    'has the ends of a model of which very many versions go at once, in the time that a statement has',
    async () => {
      await empty.use(async (connection) => {
        await connection.query(`SET statement_timeout = ${STATEMENT_TIMEOUT_MS}`);
        await connection.query('UPDATE version SET withdrawn_at = now() WHERE number < 4400');
        expect(await read(connection, ENDS)).toEqual(ends(4_500, 4_400));
        await connection.query('DELETE FROM version WHERE number < 4420');
        expect(await read(connection, ENDS)).toEqual(ends(4_500, 4_420));
      });
    },
  );
});
