// Raw reads through the driver: rows have the types that Prisma's raw queries give, so that either may be used.
import { Prisma } from '../../src/database/client.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase();
});
afterAll(() => test.drop());

it('gives what Prisma gives, and exact counts over 2^53', async () => {
  const at = new Date('2026-07-08T09:10:11.120Z');
  const statement = Prisma.sql`SELECT 9007199254740993::bigint AS count, 7::int AS number, NULL::bigint AS nothing, 1.5::float8 AS mean,
    'x'::text AS text, ${['a,b', 'ü"', '']}::text[] AS list, ${[3, 2]}::bigint[] AS sizes, ${true}::boolean AS flag,
    '{"a": [1, null]}'::jsonb AS json, ${at}::timestamptz AS at, ${Buffer.from([0, 255])}::bytea AS bytes,
    ${'01234567-89ab-7def-8123-456789abcdef'}::uuid AS id`;
  const [row] = await test.database.select<Record<string, unknown>>(statement);
  const [byPrisma] = await test.database.client.$queryRaw<Record<string, unknown>[]>(statement);
  expect(row).toMatchObject({ count: 9_007_199_254_740_993n, number: 7, nothing: null, at });
  const { bytes, ...rest } = row ?? {};
  const { bytes: bytesByPrisma, ...restByPrisma } = byPrisma ?? {};
  expect(rest).toEqual(restByPrisma);
  expect([...(bytes as Uint8Array)]).toEqual([...(bytesByPrisma as Uint8Array)]);
});

it('rejects with the code of the database', async () => {
  await expect(test.database.select(Prisma.sql`SELECT 1 / ${0}::int`)).rejects.toMatchObject({ code: '22012' });
});
