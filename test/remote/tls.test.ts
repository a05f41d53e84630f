// Models by https: a certificate that nobody vouches for is refused with what to do, and the way from https to http is not taken.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer as createPlainServer } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { stackOfLstms } from '../../bench/large-models.mjs';
import { runCli } from '../support/cli.js';
import { byRanges } from '../support/file-host.js';

const stack = stackOfLstms({ layers: 1, hiddenSize: 512 });
let folder: string;
let certificate: string;
let server: Server;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-tls-'));
  certificate = path.join(folder, 'certificate.pem');
  const key = path.join(folder, 'key.pem');
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate];
  await promisify(execFile)('openssl', [...made, ...subject]);
  const files = byRanges(stack);
  server = createServer({ key: await readFile(key), cert: await readFile(certificate) }, (request, response) => {
    if (request.url === '/down.onnx') response.writeHead(302, { location: 'http://localhost:1/stack.onnx' }).end();
    else files(request, response);
  }).listen(0, 'localhost');
  await once(server, 'listening');
  url = `https://localhost:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

it('weighs a model by https, where its certificate is trusted', async () => {
  const { code, stdout, stderr } = await runCli(['inspect', `${url}/stack.onnx`], {
    env: { NODE_EXTRA_CA_CERTS: certificate },
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('2,101,248 in 1 recurrent node');
});

it('refuses a certificate that nobody vouches for, at once and with what to do', async () => {
  const { code, stderr } = await runCli(['inspect', `${url}/stack.onnx`]);
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /^weighbridge: https:.*: its certificate is from nobody that this machine trusts; .* NODE_EXTRA_CA_CERTS \(DEPTH_ZERO_SELF_SIGNED_CERT\) \(ADDRESS_UNREACHABLE\)\n$/,
  );
});

it('says so where https is asked of a host that speaks plain http', async () => {
  const plain = createPlainServer((_, response) => response.end()).listen(0, 'localhost');
  await once(plain, 'listening');
  const { port } = plain.address() as AddressInfo;
  const { code, stderr } = await runCli(['inspect', `https://localhost:${port}/stack.onnx`]);
  plain.close();
  expect(code).toBe(2);
  expect(stderr).toMatch(/: it does not speak TLS here; .* \(\w+\) \(ADDRESS_UNREACHABLE\)\n$/);
});

it('does not follow a redirect from https to http', async () => {
  const { code, stderr } = await runCli(['inspect', `${url}/down.onnx`], { env: { NODE_EXTRA_CA_CERTS: certificate } });
  expect(code).toBe(2);
  expect(stderr).toContain('it redirects from https to http, which is not followed (ADDRESS_UNREACHABLE)');
});
