// weighbridge check where what is asked is not there: a model under a wrong name, or a registry. Neither lets anything pass.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createBudget } from '../../../src/registry/checks/budgets.js';
import { runCli } from '../../support/cli.js';
import { lstmModel } from '../../support/onnx-model.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
  folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-unknown-'));
  writeFileSync(path.join(folder, 'model.onnx'), lstmModel({ inputSize: 25, hiddenSize: 100 }));
  writeFileSync(path.join(folder, 'before'), lstmModel({ inputSize: 25, hiddenSize: 90 }));
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const run = (...args: string[]) =>
  runCli(args, { cwd: folder, env: { WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN: server.adminToken } });

describe('what answers as no registry does', () => {
  it.each([
    ['the page of a proxy', '<html>Sign in</html>'],
    ['an empty object', '{}'],
    ['a verdict that this program does not know', '{"conclusion":"HELD","outcome":"HELD","line":"HELD","findings":[]}'],
    ['a verdict without findings', '{"conclusion":"PASS","outcome":"PASS","line":"PASS: 1 limit kept"}'],
  ])('lets nothing pass: %s', async (_what, body) => {
    const other = http.createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end(body));
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
      const { code, stderr } = await run('check', 'my-model', 'model.onnx', '--url', url);
      expect(code).toBe(2);
      expect(stderr).toMatch(/its answer is not a check.*\(SERVER_UNREACHABLE\)/);
    } finally {
      other.close();
    }
  });
});

describe('a model that is not there', () => {
  beforeAll(async () => {
    expect((await run('push', 'doorbell', 'model.onnx')).code).toBe(0);
    const rule = { metric: 'MODEL_PARAMS', max: 60_000 };
    await createBudget(server.needs, server.admin, { scope: { kind: 'REGISTRY' }, rule });
  });

  it('is a mistake where it is another with a typing error, although the budgets of the registry are kept', async () => {
    for (const command of [['check'], ['push', '--check']]) {
      const { code, stderr } = await run(...command, 'dorbell', 'model.onnx');
      expect([command, code]).toEqual([command, 2]);
      expect(stderr).toMatch(/there is no model dorbell; did you mean doorbell\?.*--new.*\(MODEL_NOT_FOUND\)/);
    }
    expect(await server.needs.database.model.count({ where: { name: 'dorbell' } })).toBe(0);
  });

  it('is a mistake where it is a file, which was to be the base', async () => {
    const { code, stderr } = await run('check', 'before', 'model.onnx');
    expect(code).toBe(2);
    expect(stderr).toMatch(/there is no model before, but a file of that name: .*--base before;/);
  });

  it('may be new, which is said of a pass too', async () => {
    for (const more of [['gate-phone'], ['dorbell', '--new']]) {
      const { code, stdout } = await run('check', ...more, 'model.onnx');
      expect([more, code]).toEqual([more, 0]);
      expect(stdout).toMatch(new RegExp(`^PASS: 1 limit kept; there is no model "${more[0]}" yet`));
    }
    expect((await run('push', '--check', '--new', 'dorbell', 'model.onnx')).code).toBe(0);
  });
});
