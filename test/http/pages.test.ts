/** How the pages are served: to browsers, under their own addresses, with headers that let nothing in from elsewhere. */
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import express from 'express';
import { PAGE_PATHS } from '../../src/core/addresses.js';
import { createPages } from '../../src/http/pages.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const HTML = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const page = (route: string, headers: Record<string, string> = HTML) => fetch(server.url + route, { headers });

interface Chunk {
  file: string;
  css?: string[];
  imports?: string[];
  isEntry?: boolean;
}
const built = path.resolve('dist/web');
const manifest = JSON.parse(readFileSync(path.join(built, 'manifest.json'), 'utf8')) as Record<string, Chunk>;

describe('the pages', () => {
  it('have the addresses of docs/pages.md', () => {
    const documented = [...readFileSync('docs/pages.md', 'utf8').matchAll(/^\| `(\/[^`]*)`/gm)].map(([, it]) => it);
    const named = Object.values(PAGE_PATHS)
      .map((path) => path.replace('/:namespace/:model', '/:model').replace(/:(\w+)/g, '{$1}'))
      .map((path) => path.replace('{model}', '{name}').replace('{ref}', '{number}'));
    expect(new Set(documented)).toEqual(new Set(named));
  });

  it.each([...Object.values(PAGE_PATHS), '/models/:model/versions/prod'])(
    'answer a browser at %s without a token, and hold no data',
    async (route) => {
      const response = await page(route.replace(/:\w+/g, '1'));
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(await response.text()).toBe(readFileSync(path.join(built, 'index.html'), 'utf8'));
    },
  );

  it.each(['/models/org/DTLN', '/models/org%2FDTLN', '/models/org/DTLN/versions/3', '/models/versions/versions/prod'])(
    'answer a browser at %s, a model in a namespace or one that is called like a route',
    async (route) => {
      const response = await page(route);
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    },
  );

  it.each([
    ['/models/org/versions', 405],
    ['/models/org/check', 405],
    ['/models/org%2Fversions/versions', 405],
    ['/models/org/versions/versions/3', 404],
    ['/models/a/b/c', 404],
  ])('leave %s to the routes, whose words stand where a name would', async (route, status) => {
    const response = await server.fetch(route, { headers: HTML });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  });

  it.each(['/foo', '/Models/a', '/foo/bar', '/compare/more'])(
    'show a browser at %s that there is no such page',
    async (route) => {
      const response = await page(route);
      expect(response.status).toBe(404);
      expect(await response.text()).toBe(readFileSync(path.join(built, 'index.html'), 'utf8'));
      expect(response.headers.get('content-security-policy')).toBe(
        (await page('/')).headers.get('content-security-policy'),
      );
    },
  );

  it('leave unknown addresses to programs, and the routes to both', async () => {
    expect((await page('/foo', { Accept: '*/*' })).status).toBe(401);
    for (const route of ['/models/a/versions/1/artifact', '/artifacts/sha256:0', '/schema.graphql'])
      expect((await page(route)).headers.get('content-type')).toMatch(/^application\/json/);
  });

  it('let nothing be loaded from elsewhere, and nothing inline (A06)', async () => {
    const policy = (await page('/')).headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/default-src 'none'/);
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    const html = readFileSync(path.join(built, 'index.html'), 'utf8');
    expect(html).not.toMatch(/https?:\/\/|<style|\sstyle=|<script>|\son[a-z]+=/);
  });

  it('let styles be set on the page for the API alone, and scripts nowhere', async () => {
    const policyOf = async (route: string) => (await page(route)).headers.get('content-security-policy') ?? '';
    const policy = await policyOf('/api');
    expect(policy).toContain("style-src 'self' 'unsafe-inline';");
    expect(policy.replace("'self' 'unsafe-inline'", "'self'")).toBe(await policyOf('/'));
    expect(readFileSync('SECURITY.md', 'utf8')).toContain("(`/api`, no other) has `style-src 'unsafe-inline'`");
  });

  it('leave the address of the routes to programs', async () => {
    const response = await server.fetch('/', { headers: { Accept: '*/*' } });
    expect(await response.json()).toMatchObject({ name: 'weighbridge', session: '/session' });
    expect((await page('/', { Accept: 'application/json' })).status).toBe(401);
  });

  it('carry the chosen theme and height of rows before anything is painted, and no other text of the cookie', async () => {
    expect(await (await page('/', { ...HTML, cookie: 'theme=dark' })).text()).toContain('<html data-theme="dark" ');
    const both = await (await page('/', { ...HTML, cookie: 'a=b; density=compact; theme=light; density=huge' })).text();
    expect(both).toContain('<html data-density="compact" data-theme="light" lang');
    expect(await (await page('/', { ...HTML, cookie: 'theme="><script>' })).text()).not.toContain('data-theme');
  });

  it('name files that a browser may keep for ever, compressed where it takes that', async () => {
    const entry = Object.values(manifest).find(({ isEntry }) => isEntry);
    const response = await page(`/assets/${path.basename(entry?.file ?? '')}`, { 'Accept-Encoding': 'br' });
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(response.headers.get('content-encoding')).toBe('br');
    expect(response.headers.get('content-type')).toMatch(/^text\/javascript/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('serve their fonts themselves, to be kept for ever', async () => {
    const fonts = readdirSync(path.join(built, 'assets')).filter((file) => file.endsWith('.woff2'));
    expect(fonts).toHaveLength(2);
    for (const font of fonts) {
      const response = await page(`/assets/${font}`);
      expect(response.headers.get('content-type')).toBe('font/woff2');
      expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect((await response.arrayBuffer()).byteLength).toBeLessThan(60_000);
    }
  });

  it('send a file as it is to who takes nothing else', async () => {
    const entry = Object.values(manifest).find(({ isEntry }) => isEntry);
    const route = `/assets/${path.basename(entry?.file ?? '')}`;
    const plain = await page(route, { 'Accept-Encoding': 'identity' });
    expect([plain.headers.get('content-encoding'), plain.headers.get('vary')]).toEqual([null, 'Accept-Encoding']);
    expect(await plain.text()).toBe(readFileSync(path.join(built, entry?.file ?? ''), 'utf8'));
    // Packed at the first request, and kept for the second.
    for (const _request of [1, 2]) {
      const packed = await page(route, { 'Accept-Encoding': 'gzip' });
      expect(packed.headers.get('content-encoding')).toBe('gzip');
      expect(packed.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(packed.headers.get('content-type')).toMatch(/^text\/javascript/);
      expect(await packed.text()).toBe(readFileSync(path.join(built, entry?.file ?? ''), 'utf8'));
    }
  });

  it('say that a file is gone which was taken away under a running server', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-pages-'));
    await mkdir(path.join(folder, 'assets'));
    await writeFile(path.join(folder, 'index.html'), '<html >');
    for (const file of ['gone.js', 'gone.js.br']) await writeFile(path.join(folder, 'assets', file), 'gone');
    const app = express();
    app.get('/assets/*file', createPages({ folder }).assets);
    app.use(((error: { code?: string }, _request, response, _next) => {
      response.status(404).send(error.code);
    }) as express.ErrorRequestHandler);
    const listener = app.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    await rm(folder, { recursive: true });
    const { port } = listener.address() as AddressInfo;
    for (const encoding of ['br', 'gzip', 'identity']) {
      const headers = { 'Accept-Encoding': encoding };
      const response = await fetch(`http://127.0.0.1:${port}/assets/gone.js`, { headers });
      expect([response.status, await response.text()]).toEqual([404, 'ROUTE_NOT_FOUND']);
    }
    listener.closeAllConnections();
    listener.close();
  });

  it('take a browser that went away before it had a file for no fault', async () => {
    const app = express();
    const ended = new Promise((resolve) => {
      app.get('/assets/*file', (request, response) => {
        void createPages().assets(request, response, resolve);
        response.once('close', () => setImmediate(() => setImmediate(resolve)));
        request.socket.destroy();
      });
    });
    const listener = app.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo;
    const name = Object.values(manifest).find(({ isEntry }) => isEntry)?.file;
    const asked = fetch(`http://127.0.0.1:${port}/${name}`).then(
      () => 'answered',
      () => 'cut',
    );
    expect([await asked, await ended]).toEqual(['cut', undefined]);
    listener.closeAllConnections();
    listener.close();
  });

  it.each(['/assets/none.js', '/assets/../index.html', '/assets/..%2f..%2fpackage.json', '/assets/%00'])(
    'serve no file that is not among them: %s',
    async (route) => {
      const response = await server.fetch(route);
      expect([400, 404]).toContain(response.status);
      expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    },
  );
});

describe('the bundle', () => {
  /** Everything that is loaded before the first page shows: the entry, what it imports, and styles. */
  function firstFiles(): string[] {
    const files = new Set<string>();
    const visit = (chunk: Chunk | undefined): void => {
      if (chunk === undefined || files.has(chunk.file)) return;
      files.add(chunk.file);
      for (const style of chunk.css ?? []) files.add(style);
      for (const name of chunk.imports ?? []) visit(manifest[name]);
    };
    visit(Object.values(manifest).find(({ isEntry }) => isEntry));
    return [...files];
  }

  /** Small files have no compressed copy. */
  const compressed = (file: string) => (existsSync(`${file}.br`) ? `${file}.br` : file);

  /** What the page itself asks the browser to load early. */
  function preloaded(): string[] {
    const html = readFileSync(path.join(built, 'index.html'), 'utf8');
    return [...html.matchAll(/<link rel="preload" href="\/([^"]+)"/g)].map(([, file = '']) => file);
  }

  it('of the first page is below 130 kB compressed with its font, GraphiQL left out', () => {
    const files = [...firstFiles(), ...preloaded()].map((file) => path.join(built, file));
    const size = files.reduce((sum, file) => sum + readFileSync(compressed(file)).byteLength, 0);
    expect(files.filter((file) => file.endsWith('.woff2'))).toHaveLength(1);
    expect(size).toBeLessThan(130_000);
    expect(files.filter((file) => readFileSync(file).includes('GraphiQL'))).toEqual([]);
  });

  it('has compressed copies of the same bytes', () => {
    const files = firstFiles().map((name) => path.join(built, name));
    const copied = files.filter((file) => compressed(file) !== file);
    expect(copied.length).toBeGreaterThan(1);
    for (const file of copied)
      expect(brotliDecompressSync(readFileSync(`${file}.br`)).equals(readFileSync(file))).toBe(true);
  });
});
