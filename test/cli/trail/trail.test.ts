// weighbridge trail: what was done, as a table and as JSON, and whether the record is whole.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createBudget } from '../../../src/registry/checks/budgets.js';
import { deleteModel } from '../../../src/registry/publish/models.js';
import { hashOf } from '../../../src/registry/trail/trail.js';
import { publishSample } from '../../support/catalog.js';
import { runCli } from '../../support/cli.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const { admin } = server;
  await publishSample(server.needs, admin, 'vad', { aliases: ['production'] });
  for (let i = 0; i < 60; i++) await publishSample(server.needs, admin, 'busy', { aliases: ['last'] });
  await publishSample(server.needs, admin, 'gone');
  await deleteModel(server.needs, admin, { model: 'gone' });
});
afterAll(() => server.close());

const trail = (args: string[], token = server.adminToken) =>
  runCli(['trail', ...args], { env: { WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN: token } });

describe('weighbridge trail list', () => {
  it('shows who did what to which version, the newest first', async () => {
    const { code, stdout } = await trail(['list', '--model', 'vad']);
    expect(code).toBe(0);
    const lines = stdout.split('\n').filter((line) => /MODEL|VERSION|ALIAS/.test(line));
    expect(lines.map((line) => /(MODEL|VERSION|ALIAS)_[A-Z]+/.exec(line)?.[0])).toEqual([
      'ALIAS_SET',
      'VERSION_PUBLISHED',
      'MODEL_CREATED',
    ]);
    // A line each in 80 columns, with who did what to which version, and when.
    expect(stdout.split('\n')).toHaveLength(5);
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d {2}admin {2}ALIAS_SET {10}vad@1 production/);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('names the token that was made, and whose budget was set', async () => {
    const rule = { metric: 'MODEL_PARAMS', max: 1_000_000_000 };
    await createBudget(server.needs, server.admin, { scope: { kind: 'TAG', tag: 'edge' }, rule });
    await createBudget(server.needs, server.admin, { scope: { kind: 'REGISTRY' }, rule });
    const { stdout } = await trail(['list', '--all', '--action', 'TOKEN_CREATED', 'BUDGET_SET']);
    expect(stdout).toMatch(/TOKEN_CREATED +token admin/);
    expect(stdout).toMatch(/BUDGET_SET +all models[^]*BUDGET_SET +tag edge/);
  });

  it('cuts a long name in its middle, and no other column', async () => {
    const name = `speech-${'n'.repeat(90)}-end`;
    await publishSample(server.needs, server.admin, name, { aliases: ['production'] });
    const { stdout, stderr } = await trail(['list', '--first', '2']);
    expect(stdout.split('\n').slice(1, 3)).toEqual([
      expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d {2}admin {2}ALIAS_SET {10}speech-n+…n+-end@1 production$/),
      expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d {2}admin {2}VERSION_PUBLISHED {2}speech-n+…n+-end@1$/),
    ]);
    expect(stderr).toBe('weighbridge: there are more events; --all shows all of them\n');
  });

  it('gives JSON over several pages, by action, token and date', async () => {
    const json = async (...args: string[]) =>
      JSON.parse((await trail(['list', '--json', ...args])).stdout) as Record<string, unknown>[];
    expect(await json('--model', 'gone')).toMatchObject([
      { action: 'MODEL_DELETED' },
      { action: 'VERSION_PUBLISHED', versionNumber: 1 },
      {
        action: 'MODEL_CREATED',
        sequence: 1,
        principal: 'admin',
        hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      },
    ]);
    const busy = ['--model', 'busy', '--action', 'VERSION_PUBLISHED', 'ALIAS_SET'];
    expect(await json(...busy)).toHaveLength(50);
    expect(await json(...busy, '--first', '110')).toHaveLength(110);
    expect(await json(...busy, '--all')).toHaveLength(120);
    expect(await json('--by', 'weighbridge')).toMatchObject([{ action: 'TOKEN_CREATED', modelName: null }]);
    expect(await json('--until', '2020-01-01')).toEqual([]);
    expect(await json('--model', 'vad', '--since', '2020-01-01T00:00:00Z')).toHaveLength(3);
  });

  it('shows a token its own models alone', async () => {
    const token = await server.token(['read'], 'v*');
    const { stdout } = await trail(['list', '--json', '--all'], token);
    const events = JSON.parse(stdout) as { modelName: string }[];
    expect([...new Set(events.map(({ modelName }) => modelName))]).toEqual(['vad']);
  });

  it.each([
    [['--since', 'yesterday'], /date such as/],
    [['--first', '0'], /whole number/],
    [['--action', 'EVERYTHING'], /Allowed choices are MODEL_CREATED/],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await trail(['list', ...args]);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});

describe('weighbridge trail anchor', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-anchor-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string) => {
    writeFileSync(path.join(folder, name), text);
    return path.join(folder, name);
  };

  it('is found again in a trail that has grown since, and finds a chain that was rewritten to its end, or is gone', async () => {
    const { stdout, code } = await trail(['anchor']);
    expect(code).toBe(0);
    const anchor = file('anchor.json', stdout);
    const { admin } = server;
    await publishSample(server.needs, admin, 'busy');
    const whole = await trail(['verify', '--against', anchor]);
    expect(whole).toMatchObject({ code: 0, stderr: '' });
    expect(whole.stdout).toMatch(/^\d+ events, as they were written\. 5 chains as in the anchor of 20/);

    const { client } = server.database;
    const kept = await client.event.findMany({
      where: { subject: { in: ['busy', 'gone'] } },
      orderBy: { sequence: 'asc' },
    });
    const chains = await client.eventChain.findMany();
    await client.$executeRawUnsafe('ALTER TABLE event DISABLE TRIGGER ALL');
    let hash: Uint8Array<ArrayBuffer> = new Uint8Array(32);
    for (const event of kept.filter(({ subject }) => subject === 'busy')) {
      const forged = { ...event, principal: 'somebody else' };
      hash = new Uint8Array(hashOf(hash, forged));
      await client.event.update({ where: { id: event.id }, data: { principal: forged.principal, hash } });
    }
    await client.eventChain.update({ where: { subject: 'busy' }, data: { hash } });
    await client.event.deleteMany({ where: { subject: 'gone' } });
    await client.eventChain.delete({ where: { subject: 'gone' } });
    expect((await trail(['verify'])).code).toBe(0);
    const found = await trail(['verify', '--against', anchor]);
    expect(found.code).toBe(1);
    expect(found.stderr).toMatch(/REWRITTEN: event 121 of busy\n[^]*CUT_OFF: event 3 of gone/);

    await client.event.deleteMany({ where: { subject: 'busy' } });
    await client.event.createMany({ data: kept });
    for (const chain of chains)
      await client.eventChain.upsert({ where: { subject: chain.subject }, create: chain, update: chain });
    await client.$executeRawUnsafe('ALTER TABLE event ENABLE TRIGGER ALL');
    expect((await trail(['verify', '--against', anchor])).code).toBe(0);
  });

  it.each([
    ['no JSON', 'notes'],
    ['no place', '{ "takenAt": "2026-05-01T00:00:00Z", "ends": [] }'],
    [
      'half a hash',
      '{ "takenAt": "2026-05-01T00:00:00Z", "ends": [{ "modelName": null, "sequence": 1, "hash": "ab" }] }',
    ],
  ])('of %s is refused: nothing compared would be nothing shown', async (_what, text) => {
    const { code, stderr } = await trail(['verify', '--against', file('bad.json', text)]);
    expect(stderr).toMatch(/is not what weighbridge trail anchor writes \(INPUT_INVALID\)/);
    expect(code).toBe(2);
  });

  it('is for admins over all models', async () => {
    const { code, stderr } = await trail(['anchor'], await server.token(['admin'], 'v*'));
    expect([code, stderr]).toEqual([2, expect.stringContaining('SCOPE_MISSING')]);
  });
});

describe('weighbridge trail verify', () => {
  it('says that all is as it was, and names what is not', async () => {
    const whole = await trail(['verify']);
    expect(whole).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+ events, as they were written\.\n$/) as string,
    });
    const { client } = server.database;
    await client.$executeRawUnsafe('ALTER TABLE event DISABLE TRIGGER ALL');
    await client.$executeRawUnsafe("UPDATE event SET principal = 'nobody' WHERE subject = 'vad' AND sequence = 2");
    await client.$executeRawUnsafe('ALTER TABLE event ENABLE TRIGGER ALL');
    const broken = await trail(['verify']);
    expect(broken).toMatchObject({ code: 1, stdout: '' });
    expect(broken.stderr).toContain('EDITED: event 2 of vad');
    const json = await trail(['verify', '--json']);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toEqual({
      events: await client.event.count(),
      anchored: null,
      findings: [{ modelName: 'vad', sequence: 2, fault: 'EDITED' }],
    });
  });

  it('is for admins over all models', async () => {
    const { code, stderr } = await trail(['verify'], await server.token(['admin'], 'v*'));
    expect(code).toBe(2);
    expect(stderr).toContain('SCOPE_MISSING');
  });
});
