// Faults between us and a real database: mended by a retry, or named, or passed through.
import { WeighbridgeError } from '../../src/core/errors.js';
import { retried, translated, translateFault } from '../../src/registry/faults.js';
import { createModel } from '../../src/registry/publish/models.js';
import { publishUpload } from '../../src/registry/publish/publish.js';
import { testServerUrl } from '../support/database.js';
import { lstmModel } from '../support/onnx-model.js';
import { openTestRegistry, type TestRegistry } from '../support/registry.js';

const refusal = (code: string) => expect.objectContaining({ constructor: WeighbridgeError, code }) as unknown;
// The embedded database has one connection: nothing runs beside a transaction, and statements know no timeout.
const onServer = testServerUrl === undefined ? describe.skip : describe;

onServer('on a server', () => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await openTestRegistry();
  });
  afterAll(() => registry.close());

  it('a deadlock is tried again until both are through', async () => {
    const { database } = registry.needs;
    for (const name of ['a', 'b']) await createModel(registry.needs, registry.admin, { name });
    let proceed = () => {};
    const bothHoldOne = new Promise<void>((resolve) => (proceed = resolve));
    let attempts = 0;
    let holding = 0;
    const crossing = (first: string, second: string) =>
      retried(() => {
        attempts += 1;
        return database.$transaction(async (transaction) => {
          await transaction.model.updateMany({ where: { name: first }, data: { versionCount: { increment: 1 } } });
          holding += 1;
          if (holding === 2) proceed();
          await bothHoldOne;
          await transaction.model.updateMany({ where: { name: second }, data: { versionCount: { increment: 1 } } });
        });
      });
    await Promise.all([crossing('a', 'b'), crossing('b', 'a')]);
    expect(attempts).toBeGreaterThan(2);
    const models = await database.model.findMany({ where: { name: { in: ['a', 'b'] } } });
    expect(models.map((model) => model.versionCount)).toEqual([2, 2]);
  });

  it('a statement that is stopped is a TIMEOUT', async () => {
    const slow = translated(() =>
      registry.needs.database.$transaction(async (transaction) => {
        await transaction.$executeRaw`SET LOCAL statement_timeout = 20`;
        await transaction.$executeRaw`SELECT pg_sleep(30)`;
      }),
    );
    await expect(slow).rejects.toEqual(refusal('TIMEOUT'));
  });

  it('broken connections are DATABASE_UNAVAILABLE at most, and replaced', async () => {
    const { database } = registry.needs;
    const create = (name: string) => createModel(registry.needs, registry.admin, { name });
    const broken = translated(() =>
      database.$transaction(async (transaction) => {
        await transaction.$executeRaw`SELECT pg_terminate_backend(pg_backend_pid())`;
      }),
    );
    await expect(broken).rejects.toEqual(refusal('DATABASE_UNAVAILABLE'));
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => create(`after-${index}`)));
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(failed.map((outcome) => outcome.reason as unknown)).toEqual(
      failed.map(() => refusal('DATABASE_UNAVAILABLE')),
    );
    expect((await create('after-all')).name).toBe('after-all');
  });
});

it('a database that is gone is DATABASE_UNAVAILABLE, with the fault as its cause', async () => {
  const registry = await openTestRegistry();
  await registry.database.close();
  async function* body() {
    await Promise.resolve();
    yield lstmModel({ inputSize: 3, hiddenSize: 2 });
  }
  const request = { model: 'm', body: body() };
  const error: unknown = await publishUpload(registry.needs, registry.publisher, request).catch(
    (caught: unknown) => caught,
  );
  expect(error).toEqual(refusal('DATABASE_UNAVAILABLE'));
  expect((error as WeighbridgeError).cause).toBeDefined();
  await registry.close();
});

it('a connection that the other side reset is DATABASE_UNAVAILABLE, of which the adapter keeps no code', () => {
  const meta = { driverAdapterError: { name: 'DriverAdapterError', cause: { kind: 'ConnectionClosed' } } };
  const fault = Object.assign(new Error('Raw query failed'), { code: 'P2010', meta });
  expect(translateFault(fault)).toEqual(refusal('DATABASE_UNAVAILABLE'));
});

it('what is no fault of the database passes through as it is', async () => {
  const fault = new Error('connection to nothing in particular');
  await expect(retried(() => Promise.reject(fault))).rejects.toBe(fault);
  const expected = new WeighbridgeError('MODEL_NOT_FOUND', 'no such model');
  await expect(retried(() => Promise.reject(expected))).rejects.toBe(expected);
});
