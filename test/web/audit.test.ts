/** The audit in a browser: the ranking against a chosen baseline, what narrows it, its hash, its pages, and what is behind a row. */
import type { Page } from 'playwright-core';
import { describeInBrowser, expectShown, openBrowser, type TestBrowser } from '../support/browser.js';
import { lstmModel } from '../support/onnx-model.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let browser: TestBrowser;

async function publish(name: string, hiddenSize: number, query = ''): Promise<void> {
  const body = lstmModel({ inputSize: 25, hiddenSize });
  const response = await server.fetch(`/models/${name}/versions${query}`, { method: 'PUT', body });
  expect(response.status).toBe(201);
}

/** What the row of a model says, each cell between bars. */
const rowOf = async (page: Page, model: string): Promise<string> => {
  const cells = page.getByRole('row').filter({ has: page.getByRole('link', { name: model, exact: true }) });
  await expectShown(cells);
  return (await cells.locator('td').allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim()).join(' | ');
};

const hashOf = (page: Page) => page.locator('.result-hash code').getAttribute('title');

describeInBrowser('the audit', () => {
  beforeAll(async () => {
    server = await startTestServer();
    browser = await openBrowser(server);
    for (const size of [100, 104, 108, 112]) await publish('meter', size, size === 104 ? '?alias=production' : '');
    for (const size of [20, 10]) await publish('pruned', size);
    for (let at = 0; at < 22; at += 1) await publish(`still-${at}`, 2);
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });
  afterEach(() => expect(browser.faults()).toEqual([]));

  it('ranks by growth since the version before, or since any other baseline', async () => {
    const page = await browser.visit('/audit', { scopes: ['read'] });
    // 4·(25n + n² + 2n) of n = 108 and 112; 6.8 % more.
    expect(await rowOf(page, 'meter')).toBe('58,320 v3 | 62,272 v4 | +3,952 | +6.78% | none | no budget');
    await page.getByLabel('Baseline').selectOption('first');
    await expectShown(page.getByText('+11,472'));
    expect(await rowOf(page, 'meter')).toBe('50,800 v1 | 62,272 v4 | +11,472 | +22.6% | none | no budget');
    await page.getByLabel('Baseline').selectOption('alias');
    await expectShown(page.getByText('Which baseline?'));
    await page.getByRole('textbox', { name: 'Alias' }).fill('production');
    await expectShown(page.getByText('+7,776'));
    expect(await rowOf(page, 'meter')).toBe('54,496 v2 | 62,272 v4 | +7,776 | +14.3% | none | no budget');
    expect(await rowOf(page, 'pruned')).toMatch(
      /^3,760 v1 instead of what was asked for \| 1,480 v2 \| −2,280 \| −60.6% /,
    );
  });

  it('says over all models how many grew, with one hash whatever the order', async () => {
    const page = await browser.visit('/audit?baseline=first', { scopes: ['read'] });
    await expectShown(page.locator('.result-hash code'));
    const tiles = (await page.locator('.tiles div').allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
    expect(tiles).toEqual(['Models 24', 'Grown 1', 'Shrunk 1', 'Unchanged 22', 'Not known 0']);
    const hash = await hashOf(page);
    expect(hash).toMatch(/^sha256:[0-9a-f]{64}$/);
    await page.getByLabel('Order').selectOption('shrunk');
    await page.waitForURL(/order=shrunk/);
    await expectShown(page.locator('tbody tr').first().getByRole('link', { name: 'pruned' }));
    expect(await hashOf(page)).toBe(hash);
  });

  it('narrows by name, growth and flag, and says so where nothing fits', async () => {
    const page = await browser.visit('/audit?baseline=first&over=20', { scopes: ['read'] });
    await expectShown(page.getByRole('link', { name: 'meter' }));
    expect(await page.locator('tbody tr').count()).toBe(1);
    await page.getByLabel('Search by name').fill('pruned');
    await expectShown(page.getByText('No model fits'));
    await page.getByLabel('Grown by more than, %').fill('');
    await expectShown(page.getByRole('link', { name: 'pruned' }));
    await page.getByRole('button', { name: 'no budget 1' }).click();
    await page.waitForURL(/flag=BUDGET_ABSENT/);
    await expectShown(page.getByRole('button', { name: 'no budget 1', pressed: true }));
  });

  it('goes on to the next page and back', async () => {
    const page = await browser.visit('/audit?order=name', { scopes: ['read'] });
    await expectShown(page.getByRole('link', { name: 'meter' }));
    expect(await page.locator('tbody tr').count()).toBe(20);
    await page.getByRole('button', { name: 'Next' }).click();
    await expectShown(page.getByRole('link', { name: 'still-9' }));
    expect(await page.locator('tbody tr').count()).toBe(4);
    await page.getByRole('button', { name: 'Previous' }).click();
    await expectShown(page.getByRole('link', { name: 'meter' }));
  });

  it('leads from the growth of a row to what it is made of', async () => {
    const page = await browser.visit('/audit?baseline=first', { scopes: ['read'] });
    await page.getByRole('link', { name: '+11,472' }).click();
    await expectShown(page.getByText('11,472 more than 50,800'));
  });

  it('leads from a row to the check of its latest version', async () => {
    const query = `mutation { createBudget(input: { scope: MODEL, model: "pruned", metric: MODEL_PARAMS, max: 100 }) {
      userErrors { message } } }`;
    const headers = { 'Content-Type': 'application/json' };
    const answer = await server.fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query }) });
    expect(await answer.json()).toEqual({ data: { createBudget: { userErrors: [] } } });
    await publish('pruned', 11);
    const page = await browser.visit('/audit?q=pruned', { scopes: ['read'] });
    await page.getByRole('cell', { name: 'failed' }).getByRole('link').click();
    await expectShown(page.getByRole('heading', { name: 'Check of pruned v3' }));
  });
});
