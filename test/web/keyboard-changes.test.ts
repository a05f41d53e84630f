/** By key presses alone what changes something: budgets, approvals, publishing. What had the focus is often gone then, and it must go on. */
import { Buffer } from 'node:buffer';
import type { Page } from 'playwright-core';
import { describeInBrowser, expectShown, openBrowser, type TestBrowser } from '../support/browser.js';
import { chooseIn, expectFocus, pressOn, tabTo, typeInto } from '../support/keyboard.js';
import { lstmModel } from '../support/onnx-model.js';
import { fillRegistry } from '../support/pages.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { sileroFile } from '../support/silero.js';

let server: TestServer;
let browser: TestBrowser;

const button = (page: Page, name: string) => page.getByRole('main').getByRole('button', { name, exact: true });

/** As by the visible button that opens the browser's choice of files. */
async function chooseFile(
  page: Page,
  file: string | { name: string; mimeType: string; buffer: Buffer },
): Promise<void> {
  const press = async (): Promise<void> => {
    await tabTo(page, page.getByLabel('Choose files'));
    await page.keyboard.press('Enter');
  };
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), press()]);
  await chooser.setFiles(file);
}

describeInBrowser('by keyboard alone', () => {
  beforeAll(async () => {
    server = await startTestServer();
    browser = await openBrowser(server);
    await fillRegistry(server);
    const body = lstmModel({ inputSize: 25, hiddenSize: 100 });
    expect((await server.fetch('/models/meter/versions', { method: 'PUT', body })).status).toBe(201);
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });
  afterEach(() => expect(browser.faults()).toEqual([]));

  it('a budget is set, changed and deleted', async () => {
    const page = await browser.visit('/models/meter', { scopes: ['read', 'approve'] });
    const set = button(page, 'Set a budget');
    await pressOn(page, set);
    await expectFocus(page, page.getByLabel('Holds for'));
    await typeInto(page, page.getByLabel('At most, params'), '60000');
    await page.keyboard.press('Enter');
    const row = page.getByRole('row', { name: /Learned params/ });
    await expectShown(row.getByText('60,000'));
    await expectFocus(page, set);

    const change = row.getByRole('button', { name: 'Change' });
    await pressOn(page, change);
    await typeInto(page, page.getByLabel('At most, params'), '70000');
    await pressOn(page, button(page, 'Change the budget'));
    await expectShown(row.getByText('70,000'));
    await expectFocus(page, change);
    await page.keyboard.press('Enter');
    await pressOn(page, button(page, 'Close'));
    await expectFocus(page, change);

    const remove = row.getByRole('button', { name: 'Delete' });
    await pressOn(page, remove);
    const question = page.getByRole('dialog', { name: 'Delete this budget?' });
    await expectFocus(page, question.getByRole('button', { name: 'Keep it' }));
    await page.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
    await expectFocus(page, remove);
    await page.keyboard.press('Enter');
    await pressOn(page, question.getByRole('button', { name: 'Delete it' }));
    await expectShown(page.getByText('No budget holds for this model'));
    await expectFocus(page, page.getByRole('heading', { name: 'Budgets' }));
  });

  it('a failed check is found, approved with a reason, and the approval revoked', async () => {
    const page = await browser.visit('/checks', { scopes: ['read', 'approve'] });
    await chooseIn(page, page.getByLabel('Show'), 'failed');
    await pressOn(page, page.getByRole('link', { name: 'silero-vad v2' }));
    await expectShown(page.getByRole('heading', { name: 'Check of silero-vad v2' }));
    await expectFocus(page, page.locator('main'));

    const approve = button(page, 'Approve');
    const reason = page.getByLabel('Why it is accepted');
    await pressOn(page, approve);
    await expectFocus(page, reason);
    await pressOn(page, button(page, 'Close'));
    await expectFocus(page, approve);
    await page.keyboard.press('Enter');
    await page.keyboard.type('The board has room.');
    await pressOn(page, approve);
    await expectShown(page.getByRole('listitem').getByText('The board has room.'));
    const approvals = page.getByRole('heading', { name: 'Approvals' });
    await expectFocus(page, approvals);
    await pressOn(page, button(page, 'Revoke'));
    await expectShown(page.getByText('revoked'));
    await expectFocus(page, approvals);
  });

  it('a version is checked again from its page', async () => {
    const page = await browser.visit('/models/silero-vad/versions/1', { scopes: ['read', 'publish'] });
    await pressOn(page, button(page, 'Check now'));
    await expectShown(page.getByRole('heading', { name: 'Check of silero-vad v1' }));
    await expectFocus(page, page.locator('main'));
  });

  it('a file is chosen, tried in a dry run, and published', async () => {
    const page = await browser.visit('/publish', { scopes: ['read', 'publish'] });
    const buffer = Buffer.from(lstmModel({ inputSize: 3, hiddenSize: 2 }));
    await chooseFile(page, { name: 'lstm.onnx', mimeType: 'application/octet-stream', buffer });
    await typeInto(page, page.getByLabel('Model'), 'by-keyboard');
    await pressOn(page, button(page, 'Dry run'));
    await expectShown(page.getByText('Dry run: nothing was kept'));
    await expectFocus(page, page.locator('main'));
    await pressOn(page, button(page, 'Publish'));
    await expectShown(page.getByText('Published by-keyboard v1'));
    await expectFocus(page, page.locator('main'));
    await pressOn(page, button(page, 'Publish another'));
    await expectFocus(page, page.locator('main'));
    await tabTo(page, page.getByLabel('Choose files'));
  });

  it('an upload is cancelled', async () => {
    const page = await browser.visit('/publish?model=cancelled', { scopes: ['read', 'publish'] });
    const session = await page.context().newCDPSession(page);
    const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 100_000 };
    await session.send('Network.emulateNetworkConditions', slow);
    await chooseFile(page, sileroFile('v5'));
    await pressOn(page, button(page, 'Publish'));
    await expectFocus(page, page.getByRole('region', { name: 'Upload' }).locator('h2'));
    await page.keyboard.press('Tab');
    await expectFocus(page, button(page, 'Cancel'));
    await page.keyboard.press('Enter');
    await expectShown(page.getByText('Cancelled. No version was made.'));
    await expectFocus(page, page.locator('main'));
  });
});
