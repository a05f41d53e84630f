// The command line in networks as they are: behind proxies, with or without a password, and with certificates of an authority of one's own.
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import net, { type AddressInfo, type Server } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { type Authority, makeAuthority } from '../../support/certificates.js';
import { runCli } from '../../support/cli.js';
import { byRanges, laidOut } from '../../support/file-host.js';
import { lstmModel } from '../../support/onnx-model.js';
import { startProxy, type TestProxy } from '../../support/proxy.js';
import { startTestServer, type TestServer } from '../../support/server.js';

const PASSWORD = 'se:cret/%';
const bytes = lstmModel({ inputSize: 3, hiddenSize: 2 });
let folder: string;
let registry: TestServer;
let authority: Authority;
let proxy: TestProxy;
let strict: TestProxy;
/** By their names: each ends TLS before the registry, but `models`, which has files. */
const servers: Record<string, Server> = {};

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-network-'));
  writeFileSync(path.join(folder, 'model.onnx'), bytes);
  [registry, authority] = await Promise.all([startTestServer(), makeAuthority()]);
  const good = await authority.certify(['registry.test', 'models.test']);
  servers['registry'] = inFrontOfRegistry(good);
  servers['expired'] = inFrontOfRegistry(await authority.certify(['expired.test'], { days: -1 }));
  servers['other'] = inFrontOfRegistry(await authority.certify(['quite-another.test']));
  servers['models'] = https.createServer(good, byRanges(laidOut(bytes)));
  const hosts: Record<string, number> = { 'registry.test:80': registry.port, 'plain.test:443': registry.port };
  for (const [name, server] of Object.entries(servers)) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    hosts[`${name}.test:443`] = (server.address() as AddressInfo).port;
  }
  proxy = await startProxy({ hosts });
  strict = await startProxy({ hosts, credentials: `me:${PASSWORD}` });
});
afterAll(async () => {
  await Promise.all([proxy.close(), strict.close(), registry.close(), authority.remove()]);
  for (const server of Object.values(servers)) server.close();
  rmSync(folder, { recursive: true });
});

function inFrontOfRegistry(certificate: { key: Buffer; cert: Buffer }): Server {
  return tls.createServer(certificate, (socket) => {
    const onward = net.connect(registry.port, '127.0.0.1');
    socket.on('error', () => onward.destroy());
    onward.on('error', () => socket.destroy());
    socket.pipe(onward).pipe(socket);
  });
}

const run = (args: string[], env: Record<string, string> = {}) =>
  runCli(args, { cwd: folder, env: { WEIGHBRIDGE_TOKEN: registry.adminToken, ...env } });
const withPassword = () => strict.url.replace('//', `//me:${encodeURIComponent(PASSWORD)}@`);

describe('behind a proxy', () => {
  it('publishes and downloads by it over http, with its password, which is shown nowhere', async () => {
    const env = { http_proxy: withPassword(), WEIGHBRIDGE_URL: 'http://registry.test' };
    const pushed = await run(['push', 'by-proxy', 'model.onnx'], env);
    expect(pushed).toMatchObject({ code: 0, stderr: '' });
    expect(pushed.stdout).toContain('http://registry.test/models/by-proxy/versions/1');
    const pulled = await run(['pull', 'by-proxy', '-o', 'by-proxy.onnx'], env);
    expect(pulled).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(path.join(folder, 'by-proxy.onnx'))).toEqual(Buffer.from(bytes));
    expect(pushed.stdout + pulled.stdout).not.toContain(PASSWORD);
    const taken = strict.taken();
    expect(taken.map(({ asked }) => asked)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^PUT http:\/\/registry\.test\/models\/by-proxy\/versions/),
        expect.stringMatching(/^GET http:\/\/registry\.test\/artifacts\/sha256:/),
      ]),
    );
    expect(new Set(taken.map(({ credentials }) => credentials))).toEqual(new Set([`me:${PASSWORD}`]));
  });

  it('speaks https through a tunnel of it, which shows it no token', async () => {
    const { code, stdout, stderr } = await run(
      ['push', 'by-tunnel', 'model.onnx', '--url', 'https://registry.test', '--cacert', authority.file],
      { HTTPS_PROXY: withPassword() },
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('https://registry.test/models/by-tunnel/versions/1');
    const taken = strict.taken();
    expect(new Set(taken.map(({ asked }) => asked))).toEqual(new Set(['CONNECT registry.test:443']));
    expect(new Set(taken.map(({ token }) => token))).toEqual(new Set([null]));
  });

  it('weighs a model on the web by it', async () => {
    const env = { HTTPS_PROXY: proxy.url, WEIGHBRIDGE_CACERT: authority.file };
    const { code, stdout, stderr } = await run(['inspect', 'https://models.test/model.onnx'], env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('1 recurrent node');
    expect(proxy.taken().map(({ asked }) => asked)).toContain('CONNECT models.test:443');
  });

  it('takes an address of a proxy without a scheme for http, whatever it asks by it', async () => {
    const env = { HTTPS_PROXY: `127.0.0.1:${proxy.port}`, WEIGHBRIDGE_CACERT: authority.file };
    const { code, stderr } = await run(['inspect', 'https://models.test/model.onnx'], env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(proxy.taken().map(({ asked }) => asked)).toContain('CONNECT models.test:443');
  });

  it.each(['http://me:12/hidden@127.0.0.1:1', 'http://me:hid/den@127.0.0.1:1', 'http://me:12#hidden@127.0.0.1:1'])(
    'refuses a proxy whose password cannot be told from its address, and shows nothing of it: %s',
    async (address) => {
      const { code, stderr } = await run(['whoami', '--url', 'http://registry.test'], { HTTP_PROXY: address });
      expect(code).toBe(2);
      expect(stderr).toMatch(/one of them is not an address; in a name or password, .* \(CONFIG_INVALID\)\n$/);
      expect(stderr).not.toMatch(/me:|hid|:12/);
    },
  );

  it('leaves out the hosts of NO_PROXY, and this machine', async () => {
    const env = { HTTP_PROXY: proxy.url, NO_PROXY: 'registry.test,other.test' };
    const there = await run(['whoami', '--url', 'http://registry.test'], env);
    expect(there.code).toBe(2);
    expect(there.stderr).toMatch(/^weighbridge: http:\/\/registry\.test: .*host.* \(SERVER_UNREACHABLE\)\n$/);
    const here = await run(['whoami', '--url', registry.url], env);
    expect({ code: here.code, stderr: here.stderr }).toEqual({ code: 0, stderr: '' });
    expect(proxy.taken()).toEqual([]);
  });

  const asks =
    /^weighbridge: .*the proxy http:\/\/127\.0\.0\.1:\d+ asks for a name and a password \(407\): write http:\/\/name:password@host:port into HTTP_PROXY and HTTPS_PROXY \(PROXY_FORBIDDEN\)\n$/;
  it.each([
    ['http of a registry', ['whoami', '--url', 'http://registry.test']],
    ['https of a registry', ['whoami', '--url', 'https://registry.test']],
    ['http of the web', ['inspect', 'http://models.test/model.onnx']],
    ['https of the web', ['inspect', 'https://models.test/model.onnx']],
  ])('says that the proxy wants a password: %s', async (_of, args) => {
    const { code, stderr } = await run(args, { HTTP_PROXY: strict.url, HTTPS_PROXY: strict.url });
    expect(code).toBe(2);
    expect(stderr).toMatch(asks);
  });

  it('says so where the password is wrong, without it', async () => {
    const wrong = strict.url.replace('//', '//me:wrong-one@');
    const { code, stderr } = await run(['whoami', '--url', 'https://registry.test'], { HTTPS_PROXY: wrong });
    expect(code).toBe(2);
    expect(stderr).toMatch(/refuses the name and password of HTTP_PROXY or HTTPS_PROXY \(407\) \(PROXY_FORBIDDEN\)\n$/);
    expect(stderr).not.toContain('wrong-one');
  });

  it('tells a proxy that is not there, or makes no connection, from a registry that is not', async () => {
    const closed = net.createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    const gone = `http://me:hidden@127.0.0.1:${port}`;
    const env = { HTTP_PROXY: gone, HTTPS_PROXY: gone };
    for (const args of [
      ['whoami', '--url', 'http://registry.test'],
      ['whoami', '--url', 'https://registry.test'],
      ['inspect', 'https://models.test/model.onnx'],
    ]) {
      const { code, stderr } = await run(args, env);
      expect(code).toBe(2);
      const said = `the proxy http://127.0.0.1:${port} of HTTP_PROXY or HTTPS_PROXY cannot be reached: the host refuses the connection`;
      expect(stderr).toBe(`weighbridge: ${args[0] === 'inspect' ? `${args[1]}: ` : ''}${said} (PROXY_UNREACHABLE)\n`);
    }
    const refused = await run(['whoami', '--url', 'https://unknown.test'], { HTTPS_PROXY: proxy.url });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(
      /makes no connection to unknown\.test:443: it answers 403; .* \(PROXY_UNREACHABLE\)\n$/,
    );
  });

  it('refuses an address that is none of an HTTP proxy, without showing it', async () => {
    const env = { HTTPS_PROXY: 'socks5://me:hidden@127.0.0.1:1080' };
    const { code, stderr } = await run(['whoami', '--url', 'https://registry.test'], env);
    expect(code).toBe(2);
    expect(stderr).toBe(
      'weighbridge: HTTP_PROXY and HTTPS_PROXY must be http://host:port or https://host:port: one of them is not such a proxy (CONFIG_INVALID)\n',
    );
  });
});

describe('certificates', () => {
  const registryFault = (address: string) =>
    run(['whoami', '--url', address, '--cacert', authority.file], { ...via() });
  const via = () => ({ HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url });

  it('trusts those of NODE_EXTRA_CA_CERTS, beside those of --cacert too', async () => {
    const second = await makeAuthority();
    const env = { ...via(), NODE_EXTRA_CA_CERTS: authority.file };
    for (const more of [[], ['--cacert', second.file]]) {
      const { code, stderr } = await run(['whoami', '--url', 'https://registry.test', ...more], env);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    }
    await second.remove();
  });

  // What is trusted without --cacert is for Node to say: versions that know no such variable trust neither way.
  it('trusts no less with --cacert: authorities of the system too, where Node uses them', async () => {
    const second = await makeAuthority();
    const env = { ...via(), NODE_USE_SYSTEM_CA: '1', SSL_CERT_FILE: authority.file };
    const before = await run(['whoami', '--url', 'https://registry.test'], env);
    const after = await run(['whoami', '--url', 'https://registry.test', '--cacert', second.file], env);
    expect(after).toEqual(before);
    await second.remove();
  });

  it.each([
    [
      'an authority that is not known',
      'https://registry.test',
      [],
      /its certificate is from nobody that this machine trusts; .*--cacert or NODE_EXTRA_CA_CERTS \(\w+\)/,
    ],
    ['an expired one', 'https://expired.test', ['--cacert'], /its certificate has expired, .*\(CERT_HAS_EXPIRED\)/],
    [
      'another host name',
      'https://other.test',
      ['--cacert'],
      /its certificate is for another host name: .*\(ERR_TLS_CERT_ALTNAME_INVALID\)/,
    ],
    [
      'http where https is asked',
      'https://plain.test',
      ['--cacert'],
      /it does not speak TLS here; perhaps the address is http:/,
    ],
  ])('says what is wrong with %s', async (_what, url, flags, words) => {
    const cacert = flags.length === 0 ? [] : ['--cacert', authority.file];
    const asked = await run(['whoami', '--url', url, ...cacert], via());
    expect(asked.code).toBe(2);
    expect(asked.stderr).toMatch(new RegExp(`^weighbridge: ${url}: ${words.source}.* \\(SERVER_UNREACHABLE\\)\n$`));
    const weighed = await run(['inspect', `${url}/model.onnx`, ...cacert], via());
    expect(weighed.code).toBe(2);
    expect(weighed.stderr).toMatch(
      new RegExp(`^weighbridge: ${url}/model.onnx: ${words.source}.* \\(ADDRESS_UNREACHABLE\\)\n$`),
    );
  });

  it('says where to look when a server that wants https is asked by http', async () => {
    const { port } = servers['registry']!.address() as AddressInfo;
    const { code, stderr } = await run(['whoami', '--url', `http://127.0.0.1:${port}`]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /the connection was cut off; if the registry speaks https, write https:\/\/ into the address \(SERVER_UNREACHABLE\)\n$/,
    );
  });

  it('refuses a file that holds none, and one that is not there', async () => {
    writeFileSync(path.join(folder, 'none.pem'), 'not a certificate');
    expect((await run(['whoami', '--cacert', 'none.pem', '--url', registry.url])).stderr).toMatch(
      /^weighbridge: none\.pem: has no certificate in PEM form; .* \(INPUT_INVALID\)\n$/,
    );
    expect((await run(['inspect', 'https://models.test/m.onnx', '--cacert', 'missing.pem'])).stderr).toMatch(
      /missing\.pem: no such file .*\(FILE_UNREADABLE\)\n$/,
    );
    expect((await registryFault('https://registry.test')).code).toBe(0);
  });
});
