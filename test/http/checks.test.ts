// Checks on the routes for bytes: dry before a publish, and in the answer of the publish itself.
import { ANONYMOUS_READER } from '../../src/core/principal.js';
import { createBudget } from '../../src/registry/checks/budgets.js';
import { lstmModel } from '../support/onnx-model.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
const bytes = lstmModel({ inputSize: 25, hiddenSize: 100 }) as Uint8Array<ArrayBuffer>;
const admin = { ...ANONYMOUS_READER, name: 'admin', scopes: ['admin' as const] };

beforeAll(async () => {
  server = await startTestServer();
  await createBudget(server.needs, admin, {
    scope: { kind: 'MODEL', model: 'speech' },
    rule: { metric: 'RECURRENT_PER_USE', max: 50_000, owner: 'edge' },
  });
});
afterAll(() => server.close());

const post = (path: string, body: Uint8Array<ArrayBuffer> = bytes) => server.fetch(path, { method: 'POST', body });

test('a dry check answers what the publish then says, and keeps nothing', async () => {
  const dry = await post('/models/speech/check');
  expect(dry.status).toBe(200);
  const said = (await dry.json()) as { line: string };
  expect(said).toMatchObject({
    ...{ model: 'speech', outcome: 'FAIL', conclusion: 'FAIL' },
    findings: [
      {
        budget: { scope: 'MODEL', target: 'speech', selector: null, owner: 'edge', revision: 1 },
        ...{
          metric: 'RECURRENT_PER_USE',
          limitKind: 'MAX',
          value: 50_800,
          limit: 50_000,
          introduced: 800,
          base: { number: null },
        },
      },
    ],
  });
  expect(await server.needs.database.model.count()).toBe(0);
  const published = await post('/models/speech/versions');
  expect(published.status).toBe(201);
  expect(await published.json()).toMatchObject({
    ...{ number: 1, heldAliases: [] },
    check: { outcome: 'FAIL', conclusion: 'FAIL', line: said.line, findings: [{ value: 50_800 }] },
  });
});

test('a model without budgets has no check, and its dry check is SKIPPED', async () => {
  expect(await (await post('/models/free/check')).json()).toMatchObject({ outcome: 'SKIPPED', findings: [] });
  expect(await (await post('/models/free/versions')).json()).toMatchObject({ check: null, heldAliases: [] });
});

test('bytes that are no model, other bytes than declared, and odd names and parameters are refused', async () => {
  const problem = async (path: string, body?: Uint8Array<ArrayBuffer>) => {
    const response = await post(path, body);
    return [response.status, ((await response.json()) as { code: string }).code];
  };
  expect(await problem('/models/speech/check', new TextEncoder().encode('PK\u0003\u0004'))).toEqual([
    422,
    'ARTIFACT_NOT_ONNX',
  ]);
  const other = `sha256:${'0'.repeat(64)}`;
  expect(await problem(`/models/speech/check?digest=${other}`)).toEqual([400, 'DIGEST_MISMATCH']);
  expect(await problem('/models/-speech/check')).toEqual([400, 'NAME_INVALID']);
  expect(await problem('/models/speech/check?alias=prod')).toEqual([400, 'REQUEST_INVALID']);
});
