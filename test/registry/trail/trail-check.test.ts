// A05: a row of the trail that was edited, deleted, swapped or inserted behind the triggers' back is found, and where.
import { createModel, updateModel } from '../../../src/registry/publish/models.js';
import { createToken } from '../../../src/registry/access/tokens.js';
import { CHAIN_START, hashOf } from '../../../src/registry/trail/trail.js';
import { checkTrail, type TrailFinding } from '../../../src/registry/trail/trail-check.js';
import { openTestRegistry, type TestRegistry } from '../../support/registry.js';

/** Six events of a model between two neighbours of the alphabet, and those of tokens. */
async function withTrail(): Promise<TestRegistry> {
  const registry = await openTestRegistry();
  for (const name of ['before', 'model', 'next']) {
    await createModel(registry.needs, registry.publisher, { name });
  }
  for (const description of ['a', 'b', 'c', 'd', 'e']) {
    await updateModel(registry.needs, registry.publisher, { model: 'model', description });
  }
  return registry;
}

async function checkAll(registry: TestRegistry) {
  const findings: TrailFinding[] = [];
  let events = 0;
  let after: string | null = null;
  do {
    const answer: Awaited<ReturnType<typeof checkTrail>> = await checkTrail(registry.needs, registry.admin, { after });
    findings.push(...answer.findings);
    events += answer.events;
    after = answer.next;
  } while (after !== null);
  return { findings, events };
}

/** As somebody does who owns the database. */
async function tamper(registry: TestRegistry, statements: readonly string[]): Promise<void> {
  const { database } = registry.needs;
  await database.$transaction(async (transaction) => {
    await transaction.$executeRawUnsafe('ALTER TABLE event DISABLE TRIGGER ALL');
    for (const statement of statements) await transaction.$executeRawUnsafe(statement);
    await transaction.$executeRawUnsafe('ALTER TABLE event ENABLE TRIGGER ALL');
  });
}

const COPY = `INSERT INTO event SELECT gen_random_uuid(), subject, 7, at, principal, token_id, action, version_number, alias, details, hash
  FROM event WHERE subject = 'model' AND sequence = 6`;
const of = (sequence: number, fault: string, modelName: string | null = 'model') => ({ modelName, sequence, fault });

describe('the check of the trail (A05)', () => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await withTrail();
    await tamper(registry, [
      'CREATE TABLE event_before AS TABLE event',
      'CREATE TABLE event_chain_before AS TABLE event_chain',
    ]);
  });
  afterEach(() =>
    tamper(
      registry,
      ['event', 'event_chain'].flatMap((table) => [
        `DELETE FROM ${table}`,
        `INSERT INTO ${table} SELECT * FROM ${table}_before`,
      ]),
    ),
  );
  afterAll(() => registry.close());

  it('finds nothing where nothing was touched', async () => {
    const events = await registry.needs.database.event.count();
    expect(await checkAll(registry)).toEqual({ findings: [], events });
    expect(events).toBe(3 + 5 + 3); // models, edits, tokens
  });

  it.each<[string, string[], object[]]>([
    [
      'an edited name',
      ["UPDATE event SET principal = 'x' WHERE subject = 'model' AND sequence = 3"],
      [of(3, 'EDITED')],
    ],
    [
      'an edited date',
      ["UPDATE event SET at = at + interval '1 ms' WHERE subject = 'model' AND sequence = 1"],
      [of(1, 'EDITED')],
    ],
    ['edited details', ["UPDATE event SET details = '{}' WHERE subject = 'model' AND sequence = 6"], [of(6, 'EDITED')]],
    [
      'an edited hash',
      ["UPDATE event SET hash = decode(repeat('11', 32), 'hex') WHERE subject = 'model' AND sequence = 2"],
      [of(2, 'EDITED'), of(3, 'EDITED')],
    ],
    [
      'an edited token',
      ["UPDATE event SET details = replace(details, 'publish', 'admin') WHERE subject = '' AND sequence = 2"],
      [of(2, 'EDITED', null)],
    ],
    ['a deleted one', ["DELETE FROM event WHERE subject = 'model' AND sequence = 3"], [of(3, 'MISSING')]],
    ['a deleted first one', ["DELETE FROM event WHERE subject = 'model' AND sequence = 1"], [of(1, 'MISSING')]],
    ['a deleted last one', ["DELETE FROM event WHERE subject = 'model' AND sequence = 6"], [of(6, 'CUT_OFF')]],
    ['a chain deleted whole', ["DELETE FROM event WHERE subject = 'model'"], [of(6, 'CUT_OFF')]],
    [
      'two swapped',
      [
        "UPDATE event SET sequence = -1 WHERE subject = 'model' AND sequence = 3",
        "UPDATE event SET sequence = 3 WHERE subject = 'model' AND sequence = 4",
        "UPDATE event SET sequence = 4 WHERE subject = 'model' AND sequence = -1",
      ],
      [of(3, 'EDITED'), of(4, 'EDITED'), of(5, 'EDITED')],
    ],
    [
      'one moved to another model',
      ["UPDATE event SET subject = 'next', sequence = 2 WHERE subject = 'model' AND sequence = 6"],
      [of(6, 'CUT_OFF'), of(2, 'EDITED', 'next'), of(2, 'ADDED', 'next')],
    ],
    ['one inserted at the end', [COPY], [of(7, 'EDITED'), of(7, 'ADDED')]],
    [
      'one inserted in between',
      [
        "UPDATE event SET sequence = sequence + 10 WHERE subject = 'model' AND sequence > 3",
        "UPDATE event SET sequence = sequence - 9 WHERE subject = 'model' AND sequence > 3",
        COPY.replace(' 7,', ' 4,'),
      ],
      // The place is part of what is hashed.
      [of(4, 'EDITED'), of(5, 'EDITED'), of(6, 'EDITED'), of(6, 'REWRITTEN'), of(7, 'EDITED'), of(7, 'ADDED')],
    ],
    ['a lost end', ["DELETE FROM event_chain WHERE subject = 'next'"], [of(1, 'ADDED', 'next')]],
  ])('finds %s', async (_what, statements, expected) => {
    await tamper(registry, statements);
    const { findings } = await checkAll(registry);
    expect(findings).toEqual(expected);
  });

  it('finds a last event whose hash was computed anew, by the end that was noted', async () => {
    const rows = await registry.needs.database.event.findMany({
      where: { subject: 'model' },
      orderBy: { sequence: 'asc' },
    });
    const forged = { ...rows[5]!, principal: 'somebody else' };
    const hash = hashOf(rows[4]?.hash ?? CHAIN_START, forged);
    await tamper(registry, [
      `UPDATE event SET principal = 'somebody else', hash = decode('${hash.toString('hex')}', 'hex') WHERE subject = 'model' AND sequence = 6`,
    ]);
    expect((await checkAll(registry)).findings).toEqual([of(6, 'REWRITTEN')]);
  });

  it('is for admins over all models', async () => {
    const admin = await registry.principal(['admin'], 'model*');
    for (const principal of [admin, registry.publisher, registry.reader]) {
      await expect(checkTrail(registry.needs, principal, {})).rejects.toMatchObject({ code: 'SCOPE_MISSING' });
    }
  });

  it.each([
    '',
    'x',
    'W10',
    Buffer.from('["a\\u0000",1]').toString('base64url'),
    Buffer.from('["a",4294967296]').toString('base64url'),
  ])('refuses to go on after %j', async (after) => {
    await expect(checkTrail(registry.needs, registry.admin, { after })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    });
  });

  it('finds nothing while others write, and goes on where it was told', async () => {
    const writing = (async () => {
      for (let i = 0; i < 30; i++)
        await createToken(registry.needs, registry.admin, { name: `t${i}`, scopes: ['read'] });
    })();
    const checks: TrailFinding[][] = [];
    for (let i = 0; i < 10; i++) checks.push((await checkAll(registry)).findings);
    await writing;
    expect(checks).toEqual(Array(10).fill([]));
    const place = Buffer.from(JSON.stringify(['model', 3])).toString('base64url');
    await tamper(registry, [
      "UPDATE event SET principal = 'x' WHERE subject = 'model' AND sequence = 2",
      "UPDATE event SET principal = 'x' WHERE subject = 'model' AND sequence = 5",
    ]);
    const rest = await checkTrail(registry.needs, registry.admin, { after: place });
    expect(rest).toEqual({ events: 4, findings: [of(5, 'EDITED')], next: null });
  });
});
