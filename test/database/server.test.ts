import net from 'node:net';
import { Prisma } from '../../src/database/client.js';
import { openDatabase, type Database } from '../../src/database/open.js';
import { openTestDatabase, testServerUrl } from '../support/database.js';

const describeOnServer = testServerUrl === undefined ? describe.skip : describe;

const failure = async (url: string) => {
  const error: unknown = await openDatabase({ url }).catch((reason: unknown) => reason);
  const { code, message } = error as { code: string; message: string };
  expect(code).toBe('DATABASE_UNREACHABLE');
  expect(message).not.toMatch(/secret|\n/);
  return message;
};

describe('an address that is no database', () => {
  it.each([
    ['', 'must look like'],
    ['mysql://user:secret@localhost/x', 'must look like'],
    ['user:secret@localhost', 'must look like'],
    ['postgresql://user:secret@localhost:port/x', 'cannot be read'],
    ['postgresql://user:sec/ret@localhost:99999/x', 'cannot be read'],
    ['postgresql://user:secret@localhost/x?schema=other', 'names a schema'],
  ])('%s is refused in one line', async (url, reason) => {
    expect(await failure(url)).toContain(reason);
  });

  it('where nothing listens, is named with host and port', async () => {
    const probe = net.createServer();
    await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
    const { port } = probe.address() as net.AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    expect(await failure(`postgresql://user:secret@127.0.0.1:${port}/x`)).toBe(
      `the database cannot be reached: nothing listens at 127.0.0.1:${port}`,
    );
  });

  it('where something else listens, is named with host and port', async () => {
    const other = net.createServer((socket) => socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as net.AddressInfo;
    expect(await failure(`postgresql://user:secret@127.0.0.1:${port}/x`)).toContain(`127.0.0.1:${port}`);
    await new Promise((resolve) => other.close(resolve));
  });
});

describeOnServer('a PostgreSQL server', () => {
  let database: Database;
  let drop: () => Promise<void>;
  beforeAll(async () => ({ database, drop } = await openTestDatabase()));
  afterAll(() => drop());

  it('compiles no plans, which takes longer than to run them', async () => {
    expect(await database.select(Prisma.sql`SELECT current_setting('jit') AS jit`)).toEqual([{ jit: 'off' }]);
  });

  it('without the database or without the user is refused in one line', async () => {
    const url = new URL(testServerUrl!);
    url.password = 'secret';
    url.pathname = '/weighbridge_none';
    expect(await failure(url.href)).toContain('has no database "weighbridge_none"');
    url.username = 'weighbridge_none';
    expect(await failure(url.href)).toContain('weighbridge_none');
  });

  it('in another time zone keeps times as they are, whichever way they are written and read (F08)', async () => {
    const { database: first, url, drop: dropThis } = await openTestDatabase();
    await first.client.$executeRawUnsafe(`DO $$ BEGIN
      EXECUTE format('ALTER DATABASE %I SET TimeZone = %L', current_database(), 'Asia/Tokyo'); END $$`);
    const other = await openDatabase({ url: url! });
    const { client, select } = other;
    const at = new Date('2026-03-04T05:06:07.089Z');
    const { id } = await client.model.create({ data: { name: 'm', createdBy: 'x', createdAt: at, updatedAt: at } });
    const [raw] = await select<{ at: Date; same: boolean }>(
      Prisma.sql`SELECT created_at AS at, created_at = ${at}::timestamptz AS same FROM model WHERE id = ${id}::uuid`,
    );
    expect(raw).toEqual({ at, same: true });
    expect((await client.model.findUniqueOrThrow({ where: { id } })).createdAt).toEqual(at);
    await other.close();
    await dropThis();
  });

  it('stops a statement that runs too long, and serves ten at once', async () => {
    const [row] = await database.client.$queryRaw<
      { limit: string }[]
    >`SELECT current_setting('statement_timeout') AS limit`;
    expect(row).toEqual({ limit: '8s' });
    const sleeps = Array.from({ length: 10 }, () => database.client.$queryRaw`SELECT 1 AS done FROM pg_sleep(0.2)`);
    const busy = database.client.$queryRaw`SELECT count(*)::int AS busy FROM pg_stat_activity
      WHERE application_name = 'weighbridge' AND datname = current_database()`;
    expect(await Promise.all(sleeps)).toHaveLength(10);
    expect(await busy).toEqual([{ busy: 10 }]);
  });

  it('may end all connections: what comes after works again (D04)', async () => {
    await database.client.versionCounter.create({ data: { modelName: 'before' } });
    await database.client.$queryRaw`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'weighbridge' AND datname = current_database() AND pid <> pg_backend_pid()`;
    const answers = () =>
      database.ping().then(
        () => true,
        () => false,
      );
    for (let broken = 0; broken < 10; broken++) if (await answers()) break; // each broken one is met once at most
    await database.ping();
    expect(await database.client.versionCounter.count()).toBe(1);
  });

  it('that was closed does not answer, and may be closed again', async () => {
    const { database: other, drop: dropOther } = await openTestDatabase();
    await other.ping();
    await other.close();
    await expect(other.ping()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    await other.close();
    await dropOther();
  });
});
