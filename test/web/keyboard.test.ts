/** Every page by key presses alone, for whole tasks of reading. What changes something is in keyboard-changes.test.ts. */
import type { Page } from 'playwright-core';
import { describeInBrowser, expectShown, openBrowser, type TestBrowser } from '../support/browser.js';
import { chooseIn, expectFocus, pressOn, tabTo, typeInto } from '../support/keyboard.js';
import { lstmModel } from '../support/onnx-model.js';
import { fillRegistry } from '../support/pages.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let browser: TestBrowser;

/** One more page of the registry. */
const SMALL_MODELS = 25;

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name, level: 1 });
const link = (page: Page, name: string) => page.getByRole('main').getByRole('link', { name, exact: true });

/** Another page: its title stands in the window, and the focus is at its beginning. */
async function expectPage(page: Page, title: string): Promise<void> {
  await expectShown(heading(page, title));
  await expectFocus(page, page.locator('main'));
  expect(await page.title()).toBe(title === 'Registry' ? 'Weighbridge' : `${title} · Weighbridge`);
}

describeInBrowser('by keyboard alone', () => {
  beforeAll(async () => {
    server = await startTestServer();
    browser = await openBrowser(server);
    await fillRegistry(server);
    for (let number = 1; number <= SMALL_MODELS; number += 1) {
      const body = lstmModel({ inputSize: number, hiddenSize: 2 });
      const response = await server.fetch(`/models/small-${number}/versions`, { method: 'PUT', body });
      expect(response.status).toBe(201);
    }
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });
  afterEach(() => expect(browser.faults()).toEqual([]));

  it('one signs in, goes past the bar, changes the theme, looks at the token, and signs out', async () => {
    const page = await browser.visit('/sign-in');
    await typeInto(page, page.getByLabel('Token'), await server.token(['read']));
    await page.keyboard.press('Enter');
    await expectPage(page, 'Registry');

    await pressOn(page, page.getByRole('link', { name: 'Skip to the content' }));
    await page.keyboard.press('Tab');
    await expectFocus(page, page.getByLabel('Search by name'));

    const theme = page.getByRole('button', { name: /^Theme/ });
    await tabTo(page, theme, 'Shift+Tab');
    await page.keyboard.press('Space');
    expect(await page.locator('html').getAttribute('data-theme')).toBe('light');
    await expectFocus(page, theme);

    const menu = page.getByTitle('Signed in with the token');
    await pressOn(page, menu);
    await expectShown(page.getByText('Scopes'));
    const signOut = page.getByRole('button', { name: 'Sign out' });
    await tabTo(page, signOut);
    await page.keyboard.press('Escape');
    await signOut.waitFor({ state: 'hidden' });
    await expectFocus(page, menu);
    await page.keyboard.press('Enter');
    await tabTo(page, page.getByLabel('Search by name'));
    await signOut.waitFor({ state: 'hidden' }); // left, and so closed
    await tabTo(page, menu, 'Shift+Tab');
    await page.keyboard.press('Enter');
    await pressOn(page, signOut);
    await expectShown(page.getByText('Sign in to see this'));
    await expectFocus(page, page.locator('main'));
  });

  it('the registry is searched, filtered, ordered and paged, and a model opened', async () => {
    const page = await browser.visit('/', { scopes: ['read'] });
    await typeInto(page, page.getByLabel('Search by name'), 'small');
    await link(page, 'silero-vad').waitFor({ state: 'detached' });
    await pressOn(page, page.getByText('Filters'));
    await chooseIn(page, page.getByLabel('Operator'), 'GRU');
    await expectShown(page.getByText('No model fits this filter'));
    await pressOn(page, page.getByRole('button', { name: 'Clear filters' }));
    await expectShown(link(page, 'small-25'));
    await expectFocus(page, page.locator('main')); // the button is gone

    await chooseIn(page, page.getByLabel('Order'), 'Name');
    await expectShown(link(page, 'small-1'));
    const next = page.getByRole('button', { name: 'Next' });
    await pressOn(page, next);
    await expectShown(link(page, 'small-9'));
    await expectFocus(page, next); // though there is no further page
    expect(await next.getAttribute('aria-disabled')).toBe('true');
    await page.keyboard.press('Enter'); // does nothing
    await tabTo(page, page.getByRole('button', { name: 'Previous' }), 'Shift+Tab');
    await page.keyboard.press('Space');
    await expectShown(link(page, 'silero-vad'));

    await tabTo(page, link(page, 'silero-vad'), 'Shift+Tab');
    await page.keyboard.press('Enter');
    await expectPage(page, 'silero-vad');
    await page.goBack();
    await expectPage(page, 'Registry');
  });

  it('the trend of a model is read as a table, for another metric too, and a version opened', async () => {
    const page = await browser.visit('/models/silero-vad', { scopes: ['read'] });
    const metric = page.getByLabel('Metric');
    await chooseIn(page, metric, 'Size');
    await expectShown(page.getByText(/^From 1,807,522 \(v1\)/));
    await expectFocus(page, metric);
    await pressOn(page, page.getByText('Show as table'));
    const row = page.locator('.trend-table').getByRole('row', { name: /^v2/ });
    await expectShown(row.getByText('+520,002'));
    await pressOn(page, row.getByRole('link', { name: 'v2' }));
    await expectPage(page, 'silero-vad v2');
  });

  it('the map of a version is gone into and out of', async () => {
    const page = await browser.visit('/models/small-1/versions/1', { scopes: ['read'] });
    const map = page.locator('.treemap');
    const button = (name: string | RegExp) => map.getByRole('button', { name });
    const bytes = page.getByRole('button', { name: 'bytes' });
    await pressOn(page, bytes, 'Space');
    expect(await bytes.getAttribute('aria-pressed')).toBe('true');
    await expectShown(map.locator('.legend').getByText('graph'));
    await tabTo(page, page.getByRole('button', { name: 'elements' }), 'Shift+Tab');
    await page.keyboard.press('Enter');

    await pressOn(page, button('weight'));
    await expectFocus(page, button('All of the file'));
    const stack = map.locator('.legend').getByRole('button');
    const name = await stack.innerText();
    await pressOn(page, stack);
    await expectFocus(page, button('weight'));
    await expectShown(map.locator('.treemap-path').getByText(`All of the file → weight → ${name}`));
    await page.keyboard.press('Escape');
    await expectFocus(page, stack.filter({ hasText: name }));
    await tabTo(page, button('All of the file'), 'Shift+Tab');
    await page.keyboard.press('Enter');
    await expectFocus(page, button('weight'));
  });

  it('the check of a node is opened, the digest copied, and the version compared with the one before', async () => {
    const page = await browser.visit('/models/silero-vad/versions/2', { scopes: ['read'] });
    await page.context().grantPermissions(['clipboard-write']);
    const copy = page.getByRole('button', { name: 'Copy digest' });
    await pressOn(page, copy);
    await expectShown(page.getByRole('button', { name: 'Copied' }));
    const opener = page.getByRole('button', { name: /LSTM/ }).first();
    await pressOn(page, opener);
    await expectShown(page.getByRole('heading', { name: 'Where each tensor comes from' }));
    await expectFocus(page, opener);
    await tabTo(page, link(page, 'Compare with previous'), 'Shift+Tab');
    await page.keyboard.press('Enter');
    await expectPage(page, 'Compare');
    await expectShown(page.getByText('149,754 more than 312,840'));
  });

  it('two versions are named and compared, by a figure that is chosen, page by page', async () => {
    const page = await browser.visit('/compare', { scopes: ['read'] });
    await typeInto(page, page.getByLabel('Base'), 'silero-vad@2');
    await typeInto(page, page.getByRole('combobox', { name: 'Compare' }), 'silero-vad@1');
    await pressOn(page, page.getByRole('button', { name: 'Swap' }));
    await tabTo(page, page.getByRole('main').getByRole('button', { name: 'Compare' }), 'Shift+Tab');
    await page.keyboard.press('Enter');
    await expectShown(page.getByText('149,754 more than 312,840'));

    const figure = page.getByLabel('Figure');
    await chooseIn(page, figure, 'Size');
    await expectShown(page.getByRole('row', { name: /Together.*\+520,002/ }));
    await expectFocus(page, figure);
    const next = page.getByRole('button', { name: 'Next' });
    await pressOn(page, next);
    await expectShown(page.getByRole('button', { name: 'Previous', disabled: false }));
    await expectFocus(page, next);
  });

  it('what is the same on both sides is listed too', async () => {
    const page = await browser.visit('/compare?base=silero-vad@2&compare=silero-vad@3', { scopes: ['read'] });
    await expectShown(page.getByRole('heading', { name: 'Changes (0)' }));
    const same = page.getByLabel('Show unchanged');
    await pressOn(page, same, 'Space');
    await expectShown(page.getByRole('heading', { name: 'Changes (341)' }));
    await expectFocus(page, same);
  });

  it('an audit is narrowed, and a row followed to its comparison', async () => {
    const page = await browser.visit('/audit', { scopes: ['read'] });
    await chooseIn(page, page.getByLabel('Baseline'), 'The first');
    await pressOn(page, page.getByText('Filters'));
    await typeInto(page, page.getByLabel('Search by name'), 'silero');
    await link(page, 'small-1').waitFor({ state: 'detached' });
    const flag = page.getByRole('button', { name: /^budget broken/ });
    await pressOn(page, flag);
    await expectShown(page.getByRole('button', { name: /^budget broken/, pressed: true }));
    await expectFocus(page, flag);
    await pressOn(page, page.getByTitle('Compare v1 with v3'));
    await expectPage(page, 'Compare');
    await expectShown(page.getByText('more than 312,840'));
  });

  it('a ready operation of the API is opened and asked, and its editor left again', async () => {
    const page = await browser.visit('/api', { scopes: ['read'] });
    await expectShown(page.getByText('Enter goes into an editor, Escape out of it'));
    await expectShown(page.locator('.view-line', { hasText: 'LargestVersions' }));
    await pressOn(
      page,
      page.getByRole('tab', { name: 'LayerFromSizes' }).getByRole('button', { name: 'LayerFromSizes' }),
    );
    await expectShown(page.locator('.view-line', { hasText: 'LayerFromSizes' }));
    const editor = page.locator('.graphiql-query-editor .graphiql-editor');
    await pressOn(page, editor);
    await expectFocus(page, editor.locator('textarea'));
    await page.keyboard.press('Control+Enter');
    await expectShown(page.locator('.result-window').getByText('"data"'));
    await page.keyboard.press('Escape');
    await expectFocus(page, editor);
    await page.keyboard.press('Tab');
    await expectFocus(page, page.getByRole('button', { name: /^Execute query/ }));
    await tabTo(page, page.getByRole('region', { name: 'Result Window' }));
  });
});
