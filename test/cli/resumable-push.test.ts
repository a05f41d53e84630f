// Large files over connections that break: push goes on where it was, also as another process, sends nothing that the registry has, and asks an older one for neither.
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type CliResult, runCli, spawnCli } from '../support/cli.js';
import { type Gate, openGate } from '../support/gate.js';
import { lstmModel } from '../support/onnx-model.js';
import { startTestServer, type TestServer } from '../support/server.js';

const MIB = 1024 * 1024;
const sizes = { inputSize: 1024, hiddenSize: 1280 };

let server: TestServer;
let gate: Gate;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
  gate = await openGate(server.port);
  folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-resumable-'));
});
afterAll(async () => {
  await gate.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

const env = (url = gate.url) => ({
  WEIGHBRIDGE_URL: url,
  WEIGHBRIDGE_TOKEN: server.adminToken,
  XDG_CACHE_HOME: path.join(folder, 'cache'),
});

function write(seed: number): number {
  const bytes = lstmModel({ ...sizes, seed });
  writeFileSync(path.join(folder, 'model.onnx'), bytes);
  return bytes.length;
}

const push = (model: string, url?: string): Promise<CliResult> =>
  runCli(['push', model, 'model.onnx'], { cwd: folder, env: env(url) });

const remembered = () => readdirSync(path.join(folder, 'cache', 'weighbridge', 'uploads'));

describe('weighbridge push of a large file', () => {
  it('goes on where the connection was cut', async () => {
    const byteSize = write(1);
    const before = gate.sent();
    gate.after(20 * MIB, gate.cut);
    const { code, stdout, stderr } = await push('cut');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Published .*version 1/);
    expect(gate.sent() - before).toBeLessThan(byteSize + 20 * MIB - 8 * MIB);
    expect(remembered()).toEqual([]);
  });

  it('goes on where it was killed when it is run again, and sends nothing a third time', async () => {
    const byteSize = write(2);
    const child = spawnCli(['push', 'killed', 'model.onnx'], { cwd: folder, env: env() });
    const ended = once(child, 'close');
    gate.after(28 * MIB, () => child.kill('SIGKILL'));
    await ended;
    const [name = ''] = remembered();
    const kept = JSON.parse(readFileSync(path.join(folder, 'cache', 'weighbridge', 'uploads', name), 'utf8')) as object;
    expect(kept).toMatchObject({ model: 'killed' }); // for another one it begins another
    expect(statSync(path.join(folder, 'cache', 'weighbridge', 'uploads', name)).mode & 0o777).toBe(0o600);
    const before = gate.sent();
    const again = await push('killed');
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(gate.sent() - before).toBeLessThan(byteSize - 8 * MIB);
    expect(remembered()).toEqual([]);

    const then = gate.sent();
    const third = await push('elsewhere');
    expect(third).toMatchObject({
      code: 0,
      stderr: 'weighbridge: model.onnx: the registry knows these bytes already; nothing of them is sent\n',
    });
    expect(gate.sent() - then).toBeLessThan(MIB);
  });

  it('sends it in one piece to a registry without resumable uploads', async () => {
    write(3);
    const asked: string[] = [];
    const older = http.createServer({ keepAlive: true }, (request, response) => {
      const { method = '', url = '', headers } = request;
      asked.push(`${method} ${url.split(/[/?]/)[1]}`);
      const refusal = url.startsWith('/uploads') ? 404 : method === 'HEAD' ? 405 : null;
      if (refusal !== null) {
        const body = JSON.stringify({
          code: refusal === 404 ? 'ROUTE_NOT_FOUND' : 'METHOD_NOT_ALLOWED',
          message: 'no',
        });
        return response.writeHead(refusal, { 'content-type': 'application/json' }).end(body);
      }
      const { expect: _, ...rest } = headers;
      const onward = http.request(
        { port: server.port, host: '127.0.0.1', path: url, method, headers: rest },
        (answer) => {
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(response);
        },
      );
      return request.pipe(onward);
    });
    older.listen(0, '127.0.0.1');
    await once(older, 'listening');
    const { code, stdout } = await push('older', `http://127.0.0.1:${(older.address() as AddressInfo).port}`);
    older.closeAllConnections();
    older.close();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Published .*version 1/);
    expect(asked.slice(0, 3)).toEqual(['HEAD blobs', 'POST uploads', 'PUT models']);
  });
});
