/** The explorer of the API: whole without another server, loaded on its page alone, with the descriptions of the schema. */
import type { Page } from 'playwright-core';
import { describeInBrowser, expectShown, openBrowser, type TestBrowser } from '../support/browser.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { publishSilero } from '../support/silero.js';

let server: TestServer;
let browser: TestBrowser;

/** At once, before GraphiQL has read the operation that is in its editor. */
async function run(page: Page, operation: string): Promise<void> {
  await expectShown(page.locator('.view-line', { hasText: operation }));
  await page.getByRole('button', { name: /^Execute query/ }).click();
  await expectShown(page.locator('.result-window').getByText('"data"'));
}

describeInBrowser('the page for the API', () => {
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

  it('is entered and left like any other, and its editor is loaded there alone', async () => {
    const page = await browser.visit('/', { scopes: ['read'] });
    const loaded: string[] = [];
    page.on('request', (request) => loaded.push(request.url()));
    await expectShown(page.getByRole('link', { name: 'silero-vad' }));
    expect(loaded.filter((url) => /monaco|explorer|worker/.test(url))).toEqual([]);

    await page.getByRole('link', { name: 'API' }).click();
    await expectShown(page.getByRole('tab', { name: 'LargestVersions' }));
    expect(await page.getByRole('tab').allInnerTexts()).toEqual([
      'LargestVersions',
      'OneWeighing',
      'NotAMatch',
      'SizeDrift',
      'LayerFromSizes',
    ]);
    await run(page, 'LargestVersions');
    await expectShown(page.getByText('462594').first());

    await page.getByRole('link', { name: 'Registry' }).click();
    await expectShown(page.getByRole('link', { name: 'silero-vad' }));
  });

  it('asks with the variables of its tab, and says what fields mean', async () => {
    const page = await browser.visit('/api', { scopes: ['read'] });
    // A tab that is chosen before the editor is there is forgotten again.
    await expectShown(page.locator('.view-line', { hasText: 'LargestVersions' }));
    await page.getByRole('tab', { name: 'OneWeighing' }).click();
    await run(page, 'OneWeighing');
    await expectShown(page.getByText('33280').first());
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.getByRole('link', { name: 'Query', exact: true }).click();
    await expectShown(page.getByText('A model by its name; null when the token can see none.'));
  });

  it('asks one to sign in first', async () => {
    const page = await browser.visit('/api');
    await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
    await page.getByLabel('Token').fill(await server.token(['read']));
    await page.keyboard.press('Enter');
    await expectShown(page.getByRole('tab', { name: 'LargestVersions' }));
    expect(new URL(page.url()).pathname).toBe('/api');
  });
});
