// A registry under a path of a proxy, /tools/weighbridge: behind the nginx of this machine, which takes the path away or leaves it there.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createRoutes } from '../../src/http/routes.js';
import { publicPathOf, withoutPublicPath } from '../../src/http/public-path.js';
import { describeInBrowser, expectShown, openBrowser, type TestBrowser } from '../support/browser.js';
import { runCli } from '../support/cli.js';
import { describeBehindNginx, type Nginx, startNginx } from '../support/nginx.js';
import { lstmModel } from '../support/onnx-model.js';
import { startTestServer, type TestServer } from '../support/server.js';

const PATH = '/tools/weighbridge';
const bytes = lstmModel({ inputSize: 3, hiddenSize: 2 });

describe('addresses under a public path', () => {
  it.each([
    ['/tools/weighbridge/models/a?x=1', '/models/a?x=1'],
    ['/tools/weighbridge', '/'],
    ['/tools/weighbridge?q=a', '/?q=a'],
    ['/tools/weighbridgeous/x', '/tools/weighbridgeous/x'],
    ['/models/a', '/models/a'],
    ['/tools', '/tools'],
  ])('%s is %s to the routes', (url, known) => {
    expect(withoutPublicPath(PATH, url)).toBe(known);
    expect(withoutPublicPath('', url)).toBe(url);
  });

  it('has no slash at its end, and may be none', () => {
    expect(publicPathOf('https://host.example/tools/weighbridge')).toBe(PATH);
    expect(publicPathOf('https://host.example')).toBe('');
    expect(publicPathOf(null)).toBe('');
  });
});

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startTestServer({ publicUrl: `https://registry.example${PATH}` });
  folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-public-'));
  writeFileSync(path.join(folder, 'model.onnx'), bytes);
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

it('refuses a path that begins as one of the registry itself', () => {
  for (const own of ['models', 'graphql', 'audit', 'assets']) {
    const publicUrl = `https://registry.example/${own}/more`;
    expect(() =>
      createRoutes(
        { needs: server.needs } as never,
        { limits: {}, anonymousRead: false, sessionHours: 1, publicUrl } as never,
      ),
    ).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error);
  }
});

it('has its path in Location, url, downloadPath and the list of routes', async () => {
  const published = await server.fetch('/models/told/versions', { method: 'PUT', body: bytes });
  const { url } = (await published.json()) as { url: string };
  expect([published.headers.get('location'), url]).toEqual([url, `${PATH}/models/told/versions/1/artifact`]);
  const asked = { query: '{ model(name: "told") { latestVersion { artifact { downloadPath } } } }' };
  const answer = await server.fetch(`${PATH}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(asked),
  });
  expect(JSON.stringify(await answer.json())).toContain(`"downloadPath":"${PATH}/artifacts/sha256:`);
  const routes = (await (await server.fetch('/')).json()) as Record<string, string>;
  expect(routes['graphql']).toBe(`${PATH}/graphql`);
  expect((await fetch(`${server.url}${PATH}/health/live`)).status).toBe(200);
});

it('sets the cookie for its path, and takes the origin that users see for its own', async () => {
  const response = await fetch(`${server.url}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-weighbridge-page': '1', origin: 'https://registry.example' },
    body: JSON.stringify({ token: server.adminToken }),
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('set-cookie')).toContain(`; Path=${PATH};`);
});

describeBehindNginx('behind nginx', () => {
  const BODIES =
    'client_max_body_size 0; proxy_http_version 1.1; proxy_request_buffering off; proxy_set_header Host $http_host;';
  const ways: [string, (to: string) => string][] = [
    ['takes the path away', (to) => `location ${PATH}/ { proxy_pass ${to}/; ${BODIES} }`],
    ['leaves the path there', (to) => `location ${PATH}/ { proxy_pass ${to}; ${BODIES} }`],
  ];
  describe.each(ways)('that %s', (way, location) => {
    let nginx: Nginx;
    beforeAll(async () => {
      nginx = await startNginx(location(server.url));
    });
    afterAll(() => nginx.stop());

    it('is used by the command line as any other, with links to its pages', async () => {
      const name = way.replaceAll(' ', '-');
      const env = { WEIGHBRIDGE_URL: nginx.url + PATH, WEIGHBRIDGE_TOKEN: server.adminToken };
      const pushed = await runCli(['push', name, 'model.onnx'], { cwd: folder, env });
      expect(pushed).toMatchObject({ code: 0, stderr: '' });
      expect(pushed.stdout).toContain(`${nginx.url}${PATH}/models/${name}/versions/1`);
      const pulled = await runCli(['pull', name, '-o', '-'], { cwd: folder, env });
      expect({ code: pulled.code, same: pulled.bytes.equals(Buffer.from(bytes)) }).toEqual({ code: 0, same: true });
    });

    describeInBrowser('in a browser', () => {
      let browser: TestBrowser;
      beforeAll(async () => {
        browser = await openBrowser({ ...server, url: nginx.url });
      });
      afterAll(() => browser.close());

      it('shows every page under its path: signed in, by links, after a reload, with the explorer', async () => {
        await server.fetch('/models/seen/versions', { method: 'PUT', body: bytes });
        const link = (await server.signInLink()).replace(server.url, nginx.url + PATH);
        const page = await browser.visit(link);
        const elsewhere: string[] = [];
        page.on('request', (request) => {
          const { protocol, pathname } = new URL(request.url());
          if (protocol === 'http:' && !pathname.startsWith(`${PATH}/`)) elsewhere.push(pathname);
        });
        await page.waitForURL(`${nginx.url}${PATH}/`);
        await page.getByRole('link', { name: 'seen', exact: true }).click();
        await page.waitForURL(`${nginx.url}${PATH}/models/seen`);
        await page.getByRole('link', { name: 'v1' }).first().click();
        await page.waitForURL(`${nginx.url}${PATH}/models/seen/versions/1`);
        await page.reload();
        await expectShown(page.getByRole('heading', { name: /seen/ }));
        expect(await page.getByRole('link', { name: 'Download' }).getAttribute('href')).toBe(
          `${PATH}/models/seen/versions/1/artifact`,
        );
        await page.getByRole('link', { name: 'API' }).click();
        await expectShown(page.locator('.graphiql-editor').first());
        await page.getByRole('button', { name: /Execute/ }).click();
        await expectShown(page.locator('.result-window').getByText('data').first());
        expect({ elsewhere, faults: browser.faults() }).toEqual({ elsewhere: [], faults: [] });
      });
    });
  });
});
