/** From the registry to a model to the weighing of a version, with real models, as a reader goes. */
import { PAGE_PATHS } from '../../src/core/addresses.js';
import type { PublishedAnswer } from '../../src/core/route-answers.js';
import {
  describeInBrowser,
  expectShown,
  isWiderThanScreen,
  openBrowser,
  type TestBrowser,
} from '../support/browser.js';
import { lstmWithExternalData } from '../support/external-model.js';
import { floatTensor, model, node, value } from '../support/onnx-model.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { publishSilero } from '../support/silero.js';

let server: TestServer;
let browser: TestBrowser;

describeInBrowser('a reader', () => {
  beforeAll(async () => {
    server = await startTestServer();
    browser = await openBrowser(server);
    await publishSilero(server);
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });
  afterEach(() => expect(browser.faults()).toEqual([]));

  it('goes from the registry to a model to a version, and opens the formula', async () => {
    const page = await browser.visit('/', { scopes: ['read'] });
    const row = page.getByRole('row', { name: /silero-vad/ });
    await expectShown(row.getByText('462,594', { exact: true }));
    await row.getByRole('link', { name: 'silero-vad' }).click();

    const versions = page.getByRole('table').filter({ hasText: 'Published' });
    await expectShown(versions.getByRole('row', { name: /^v1 legacy/ }).getByText('312,840'));
    await versions.getByRole('link', { name: 'v2' }).click();

    await expectShown(page.getByRole('heading', { name: 'silero-vad v2' }));
    const node = page.getByRole('row', { name: /decoder\/rnn\/LSTM/ }).first();
    await expectShown(node.getByText(/^✓ match$/));
    await node.getByRole('button').click();
    const check = page.locator('.check');
    await expectShown(check.getByText('= 1·4·(128·128 + 128² + 2·128) = 132,096'));
    expect(await check.locator('.check-line').innerText()).toMatch(/stored 132,096 = expected 132,096/);
    expect(await check.getByRole('img').getAttribute('aria-label')).toMatch(/W 128 × 128, R 128 × 128/);
  });

  it('reads the end of a long path, and copies the whole of it', async () => {
    const page = await browser.visit('/models/silero-vad/versions/2', { scopes: ['read'] });
    const path = page.locator('.graph-path').first();
    const whole = (await path.getAttribute('title')) ?? '';
    expect(whole).toMatch(/^graph\/If_0\.else_branch\/.*\/decoder\/rnn\/LSTM$/);
    expect(await path.textContent()).toBe(whole);
    expect(await path.locator('.path-end').textContent()).toBe('LSTM');
    // At once: a list that is still being drawn takes the selection away.
    const copied = `getSelection().selectAllChildren(document.querySelector('.graph-path')), getSelection().toString()`;
    expect(await page.evaluate(copied)).toBe(whole);
    // A long one in one line of the table, until somebody opens the row and so asks for the whole.
    const height = async () => (await path.boundingBox())?.height ?? 0;
    const closed = await height();
    await page.getByRole('button', { name: /LSTM/ }).first().click();
    expect(await height()).toBeGreaterThan(closed);
  });

  it('reads why a version grew, and goes from there to the comparison', async () => {
    const page = await browser.visit('/models/silero-vad/versions/2', { scopes: ['read'] });
    const section = page.locator('section', { has: page.getByRole('heading', { name: 'Since v1' }) });
    const sentence = section.locator('.check-line');
    await expectShown(sentence);
    const text = (await sentence.innerText()).replace(/\s+/g, ' ');
    expect(text).toMatch(/^\+149,754 learned params \(\+47\.9%\): hidden size \+329,728, .*\. See what changed$/);
    const figures = await page.evaluate<number[]>(
      '[...document.querySelectorAll(".growth data")].map(({ value }) => Number(value))',
    );
    const [whole, ...causes] = figures;
    expect(causes.reduce((sum, delta) => sum + delta, 0)).toBe(whole);
    await section.getByRole('link').click();
    await expectShown(page.getByText('149,754 more than 312,840'));
    const first = await browser.visit('/models/silero-vad/versions/1', { scopes: ['read'] });
    await expectShown(first.getByRole('heading', { name: 'Recurrent nodes' }));
    expect(await first.getByText('See what changed').count()).toBe(0);
  });

  it('sees on a telephone the answer first, what is secondary when it is opened, and the bar in one line', async () => {
    const page = await browser.visit('/models/silero-vad/versions/2', { scopes: ['read'], width: 390 });
    await expectShown(page.getByRole('row', { name: /LSTM/ }).first());
    const estimates = page.locator('details', { has: page.getByRole('heading', { name: 'Estimates' }) });
    expect(await page.getByText('MACs per time step').isVisible()).toBe(false);
    await estimates.locator('summary').first().press('Enter');
    await expectShown(page.getByText('MACs per time step'));
    const tops = await page.evaluate<number[]>(
      '[...document.querySelectorAll("nav[aria-label=Pages] a")].map((link) => link.getBoundingClientRect().top)',
    );
    expect(tops.length).toBeGreaterThan(5);
    expect(new Set(tops).size).toBe(1);
    await page.goto(new URL('/publish', page.url()).href);
    await expectShown(page.getByRole('heading', { name: 'Publish' }));
    const current = page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Publish' });
    const box = await current.boundingBox();
    expect(box?.x).toBeGreaterThan(0);
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThan(390);
  });

  it.each(Object.values(PAGE_PATHS))('is shown the page at %s', async (path) => {
    const page = await browser.visit(path.replace(/:\w+/g, '1'));
    await expectShown(page.locator('h1'));
    expect(await page.getByRole('heading', { name: 'No such page' }).count()).toBe(0);
  });

  it.each(['/none', '/compare/more'])('is told at %s that there is no such page', async (path) => {
    await expectShown((await browser.visit(path)).getByRole('heading', { name: 'No such page' }));
  });

  it.each(['plain.v1', 'org/Speech_Model', 'versions/named-like-a-route'])(
    'opens the version of %s at the address that its upload was answered with, less the word for its bytes',
    async (name) => {
      const body = lstmWithExternalData();
      const published = await server.fetch(`/models/${name}/versions`, { method: 'PUT', body });
      const { url } = (await published.json()) as PublishedAnswer;
      expect(Buffer.from(await (await server.fetch(url)).arrayBuffer())).toEqual(Buffer.from(body));
      const page = await browser.visit(url.replace(/\/artifact$/, ''), { scopes: ['read'] });
      await expectShown(page.getByRole('heading', { name: `${name} v1` }));
    },
  );

  it('finds a model by the address alone, filtered and sorted', async () => {
    const page = await browser.visit('/?q=silero&op=LSTM&verdict=MATCH&order=name', { scopes: ['read'] });
    await expectShown(page.getByRole('link', { name: 'silero-vad' }));
    await page.getByLabel('Operator').selectOption('GRU');
    await expectShown(page.getByText('No model fits this filter'));
    expect(new URL(page.url()).searchParams.get('op')).toBe('GRU');
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await expectShown(page.getByRole('link', { name: 'silero-vad' }));
  });

  it('downloads the bytes that were published', async () => {
    const page = await browser.visit('/models/silero-vad/versions/v5', { scopes: ['read'] });
    const waiting = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download' }).click();
    const download = await waiting;
    expect(new URL(download.url()).pathname).toBe('/models/silero-vad/versions/2/artifact');
    expect(download.suggestedFilename()).toMatch(/silero-vad.*\.onnx$/);
  });

  it('is told of a withdrawn version that its bytes were freed, and is offered no download', async () => {
    const bytes = model({
      node: [node('Relu', ['x'], ['y'])],
      initializer: [floatTensor('w', [3])],
      input: [],
      output: [],
    });
    const published = await server.fetch('/models/freed/versions', {
      method: 'PUT',
      body: bytes as Uint8Array<ArrayBuffer>,
    });
    const { digest } = (await published.json()) as PublishedAnswer;
    const at = new Date('2026-01-01T00:00:00Z');
    const data = { withdrawnAt: at, withdrawnBy: 'a test', withdrawnReason: 'old' };
    await server.needs.database.version.updateMany({ where: { modelName: 'freed' }, data });
    await server.needs.database.artifact.update({ where: { digest }, data: { freedAt: at } });
    const page = await browser.visit('/models/freed/versions/1', { scopes: ['read'] });
    await expectShown(page.getByText('Bytes freed'));
    expect(await page.getByRole('link', { name: 'Download' }).count()).toBe(0);
  });

  it('sees script in names as text, wherever they come from (A06)', async () => {
    const script = '<img src=x onerror=alert(1)>';
    const name = `"><script>alert(1)</script>${script}`;
    const body = model(
      {
        node: [node('LSTM', ['x', name, 'R'], ['y'], { hidden_size: 2 }, { name })],
        initializer: [floatTensor(name, [1, 8, 3]), floatTensor('R', [1, 8, 2])],
        input: [value('x', ['time', 1, 3])],
        name,
      },
      { producerName: script },
    );
    const create =
      'mutation ($description: String) { createModel(input: { name: "script", description: $description }) { model { name } } }';
    const created = await server.fetch('/graphql', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ query: create, variables: { description: script } }),
    });
    expect(created.status).toBe(200);
    const query = new URLSearchParams({ notes: script, commit: script }).toString();
    const published = await server.fetch(`/models/script/versions?${query}`, { method: 'PUT', body });
    expect(published.status).toBe(201);

    const page = await browser.visit('/models/script', { scopes: ['read'] });
    await expectShown(page.getByText(script, { exact: true }));
    await page.getByRole('link', { name: 'v1' }).click();
    await expectShown(page.getByText(`graph/${name}`, { exact: true }).first());
    // Notes, commit and producer.
    expect(await page.getByText(script, { exact: true }).count()).toBe(3);
    expect(await page.locator('img, main script').count()).toBe(0);
  });

  it('reads long names and labels within the width of the screen', async () => {
    const name = 'board_'.repeat(20);
    const body = model({
      node: [node('LSTM', ['x', 'W', 'R'], ['y'], { hidden_size: 50 }, { name: 'n'.repeat(1000) })],
      initializer: [floatTensor('W', [1, 200, 1234]), floatTensor('R', [1, 200, 50])],
      input: [value('x', ['time', 1, 1234])],
    });
    const published = await server.fetch(`/models/${name}/versions?label=${'l'.repeat(128)}`, { method: 'PUT', body });
    expect(published.status).toBe(201);

    const wide = await browser.visit('/', { scopes: ['read'] });
    const table = wide.getByRole('table', { name: 'Models' });
    await expectShown(table.getByRole('link', { name }));
    const hidden = `(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('.scroll'))`;
    expect(await wide.evaluate(hidden)).toBe(0);

    const narrow = await browser.visit(`/models/${name}/versions/1`, { scopes: ['read'], width: 320 });
    await narrow.getByText('The file', { exact: true }).click();
    await expectShown(narrow.getByText('elements repeat another tensor'));
    await expectShown(narrow.getByText('1,234 → 50'));
    expect(await isWiderThanScreen(narrow)).toBe(false);
  });

  it('goes to a model with capitals and a namespace, by links and by addresses in any case', async () => {
    const body = model({
      node: [node('LSTM', ['x', 'W', 'R'], ['y'], { hidden_size: 5 }, { name: 'lstm' })],
      initializer: [floatTensor('W', [1, 20, 3]), floatTensor('R', [1, 20, 5])],
      input: [value('x', ['time', 1, 3])],
    });
    const published = await server.fetch('/models/Acme/DTLN/versions', { method: 'PUT', body });
    expect(published.status).toBe(201);
    const page = await browser.visit('/', { scopes: ['read'] });
    await page.getByRole('link', { name: 'Acme/DTLN' }).click();
    await expectShown(page.getByRole('heading', { name: 'Acme/DTLN', exact: true }));
    expect(new URL(page.url()).pathname).toBe('/models/Acme/DTLN');
    const versions = page.getByRole('table').filter({ hasText: 'Published' });
    await versions.getByRole('link', { name: 'v1' }).click();
    await expectShown(page.getByRole('heading', { name: 'Acme/DTLN v1' }));
    expect(new URL(page.url()).pathname).toBe('/models/Acme/DTLN/versions/1');
    for (const address of ['/models/acme%2Fdtln', '/models/acme/dtln']) {
      const opened = await browser.visit(address, { scopes: ['read'] });
      await expectShown(opened.getByRole('heading', { name: 'Acme/DTLN', exact: true }));
    }
  });

  it('is told that the size is unknown while a file did not come', async () => {
    const body = lstmWithExternalData();
    const published = await server.fetch('/models/external/versions', { method: 'PUT', body });
    expect(published.status).toBe(201);
    const page = await browser.visit('/models/external/versions/1', { scopes: ['read'] });
    await expectShown(page.getByText('unknown: external data is missing'));
  });
});
