/** Publishing in a browser: dropped files with their external data, progress, cancelling, the verdict, and why it is refused. */
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { describeInBrowser, dropFiles, expectShown, openBrowser, type TestBrowser } from '../support/browser.js';
import { lstmData, lstmWithExternalData } from '../support/external-model.js';
import { lstmModel } from '../support/onnx-model.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { sileroFile } from '../support/silero.js';

let server: TestServer;
let browser: TestBrowser;

const chooseFile = (page: Page, name: string, bytes: Uint8Array) =>
  page
    .getByLabel('Choose files')
    .setInputFiles({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(bytes) });

/** As a file manager drops them. */
async function dropPaths(page: Page, files: string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, x: 400, y: 300, data });
}

async function createBudget(model: string, max: number): Promise<void> {
  const query = `mutation { createModel(input: { name: "${model}" }) { userErrors { message } }
    createBudget(input: { scope: MODEL, model: "${model}", metric: MODEL_PARAMS, max: ${max} }) { userErrors { message } } }`;
  const body = JSON.stringify({ query });
  const headers = { 'Content-Type': 'application/json' };
  const response = await server.fetch('/graphql', { method: 'POST', headers, body });
  expect(await response.json()).toEqual({
    data: { createModel: { userErrors: [] }, createBudget: { userErrors: [] } },
  });
}

const publishButton = (page: Page) => page.getByRole('main').getByRole('button', { name: 'Publish' });

describeInBrowser('publishing', () => {
  beforeAll(async () => {
    server = await startTestServer();
    browser = await openBrowser(server);
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });
  afterEach(() => expect(browser.faults()).toEqual([]));

  it('shows the verdict of a chosen file at once, and leads to its weighing', async () => {
    const page = await browser.visit('/publish', { scopes: ['read', 'publish'] });
    await page.getByLabel('Choose files').setInputFiles(sileroFile('v5'));
    expect(await page.getByLabel('Model').inputValue()).toBe('silero_vad_v5');
    await page.getByLabel('Model').fill('silero-vad');
    await publishButton(page).click();
    const result = page.getByRole('region', { name: 'Result' });
    await expectShown(result.getByText('Published silero-vad v1'));
    expect(await result.locator('.verdicts').innerText()).toMatch(/^4\s+✓ match$/);
    await expectShown(result.getByText('462,594'));
    await result.getByRole('link', { name: 'Open the version' }).click();
    await expectShown(page.getByRole('heading', { name: 'silero-vad v1' }));
  });

  it('sends dropped external data with its model, and reads the biases in it', async () => {
    const page = await browser.visit('/publish?model=two-files', { scopes: ['read', 'publish'] });
    await expectShown(publishButton(page));
    await dropFiles(page, [
      { name: 'model.onnx.data', bytes: lstmData },
      { name: 'model.onnx', bytes: lstmWithExternalData() },
    ]);
    await expectShown(page.getByText('model.onnx.data'));
    await publishButton(page).click();
    await page.getByRole('link', { name: 'Open the version' }).click();
    await expectShown(page.getByRole('cell', { name: 'SINGLE_INPUT', exact: true }));
  });

  it('takes the data of a folder and the folders in it, leaves out what the model does not name, and dry-runs it', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-folder-'));
    try {
      await mkdir(path.join(folder, 'data/deep'), { recursive: true });
      await writeFile(path.join(folder, 'model.onnx'), lstmWithExternalData({ location: 'data/deep/w.bin' }));
      await writeFile(path.join(folder, 'data/deep/w.bin'), lstmData);
      await writeFile(path.join(folder, 'README.md'), 'not a part of the model');
      await createBudget('in-folders', 50);
      const page = await browser.visit('/publish?model=in-folders', { scopes: ['read', 'publish'] });
      await page.getByLabel('Choose a folder').setInputFiles(folder);
      await expectShown(page.getByText(/data\/deep\/w\.bin/));
      await page.getByRole('button', { name: 'Dry run' }).click();
      await expectShown(page.getByRole('region', { name: 'Dry run' }).getByText('nothing was kept'));
      await publishButton(page).click();
      await page.getByRole('link', { name: 'Open the version' }).click();
      await expectShown(page.getByRole('cell', { name: 'SINGLE_INPUT', exact: true }));
      const { externalData } = await server.needs.database.version.findFirstOrThrow({
        where: { model: { name: 'in-folders' } },
        include: { externalData: true },
      });
      expect(externalData.map(({ location }) => location)).toEqual(['data/deep/w.bin']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('says which files of the model are missing, and publishes nothing', async () => {
    const page = await browser.visit('/publish?model=not-whole', { scopes: ['read', 'publish'] });
    await expectShown(publishButton(page));
    await dropFiles(page, [
      { name: 'w.bin', bytes: lstmData },
      { name: 'model.onnx', bytes: lstmWithExternalData({ location: 'data/w.bin' }) },
    ]);
    await publishButton(page).click();
    await expectShown(page.getByRole('alert').getByText(/files that were not chosen: data\/w\.bin/));
    expect(await server.needs.database.model.count({ where: { name: 'not-whole' } })).toBe(0);
  });

  it('asks for the data of a model that is chosen alone, and publishes it alone where that is wanted', async () => {
    const page = await browser.visit('/publish?model=alone', { scopes: ['read', 'publish'] });
    await chooseFile(page, 'model.onnx', lstmWithExternalData({ location: 'weights.bin' }));
    await publishButton(page).click();
    const alert = page.getByRole('alert').getByText(/Nothing was published: .* not chosen: weights\.bin/);
    await expectShown(alert);
    expect(await server.needs.database.model.count({ where: { name: 'alone' } })).toBe(0);
    await page.getByText('More about the version').click();
    await page.getByLabel('Publish without external data').check();
    await publishButton(page).click();
    await expectShown(page.getByRole('region', { name: 'Result' }).getByText('Published alone v1'));
  });

  it('finds the files of a folder that a model names with back slashes, also in a dry run', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-back-slashes-'));
    try {
      await mkdir(path.join(folder, 'data'));
      await writeFile(path.join(folder, 'model.onnx'), lstmWithExternalData({ location: 'data\\w.bin' }));
      await writeFile(path.join(folder, 'data/w.bin'), lstmData);
      await server.limit('back-slashes', { metric: 'TOTAL_BYTE_SIZE', max: 1_000_000 });
      const page = await browser.visit('/publish?model=back-slashes', { scopes: ['read', 'publish'] });
      await page.getByLabel('Choose a folder').setInputFiles(folder);
      await page.getByRole('button', { name: 'Dry run' }).click();
      await expectShown(page.getByRole('region', { name: 'Dry run' }).getByText('1 limit is kept'));
      await publishButton(page).click();
      await expectShown(page.getByRole('region', { name: 'Result' }).getByText('Published back-slashes v1'));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('tells how far it is in bytes, and makes no version when it is cancelled', async () => {
    const page = await browser.visit('/publish?model=cancelled', { scopes: ['read', 'publish'] });
    const session = await page.context().newCDPSession(page);
    await session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: 300_000,
    });
    await page.getByLabel('Choose files').setInputFiles(sileroFile('v5'));
    await publishButton(page).click();
    await expectShown(page.getByText(/^(?!0 B).* of 2.33 MB$/));
    await expectShown(page.getByText(/^[\d.]+ kB\/s$/));
    await page.getByRole('button', { name: 'Cancel' }).click();
    await expectShown(page.getByText('Cancelled. No version was made.'));
    expect(await page.getByLabel('Model').inputValue()).toBe('cancelled'); // what was entered is still there
    expect(await server.needs.database.version.count({ where: { model: { name: 'cancelled' } } })).toBe(0);
  });

  it('says that the bytes of the latest version are no new one', async () => {
    const bytes = lstmModel({ inputSize: 3, hiddenSize: 2 });
    await server.fetch('/models/same/versions', { method: 'PUT', body: bytes });
    const page = await browser.visit('/publish?model=same', { scopes: ['read', 'publish'] });
    await chooseFile(page, 'same.onnx', bytes);
    await publishButton(page).click();
    await expectShown(page.getByText('Unchanged: these are the bytes of same v1'));
  });

  it('asks the budgets first in a dry run, which keeps nothing, and says what they found after', async () => {
    await createBudget('budgeted', 50);
    const page = await browser.visit('/publish?model=budgeted', { scopes: ['read', 'publish'] });
    await chooseFile(page, 'lstm.onnx', lstmModel({ inputSize: 3, hiddenSize: 2 })); // 56 params
    await page.getByRole('button', { name: 'Dry run' }).click();
    const dry = page.getByRole('region', { name: 'Dry run' });
    await expectShown(dry.getByText('nothing was kept'));
    expect(await dry.innerText()).toMatch(/failed.*56/s);
    expect(await server.needs.database.version.count({ where: { model: { name: 'budgeted' } } })).toBe(0);

    await publishButton(page).click();
    const result = page.getByRole('region', { name: 'Result' });
    await expectShown(result.getByText('Published budgeted v1'));
    expect(await result.innerText()).toMatch(/Budgets:\s+✕ failed.*56/s);
  });

  it('says what is wrong before bytes travel', async () => {
    const page = await browser.visit('/publish', { scopes: ['read', 'publish'] });
    await publishButton(page).click();
    await expectShown(page.getByText('Choose a file first.'));
    await expectShown(page.getByText('"" is not a model name'));
    await dropFiles(page, [
      { name: 'a.onnx', bytes: lstmData },
      { name: 'b.onnx', bytes: lstmData },
    ]);
    await page.getByLabel('Model').fill('a');
    await publishButton(page).click();
    await expectShown(page.getByText('These are several models.'));
  });

  it('says why a file was refused', async () => {
    const page = await browser.visit('/publish?model=broken', { scopes: ['read', 'publish'] });
    await chooseFile(page, 'cut.onnx', readFileSync(sileroFile('v5')).subarray(0, 1_000_000));
    await publishButton(page).click();
    await expectShown(page.getByText('The file was cut off'));
    await expectShown(page.getByText('ARTIFACT_TRUNCATED'));
    expect(await server.needs.database.model.count({ where: { name: 'broken' } })).toBe(0);
  });

  it('says of a file that is gone since it was chosen, and of a folder, that it cannot be read', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-chosen-'));
    try {
      const gone = path.join(folder, 'gone.onnx');
      await writeFile(gone, lstmModel({ inputSize: 3, hiddenSize: 2 }));
      const page = await browser.visit('/publish?model=gone', { scopes: ['read', 'publish'] });
      await page.getByLabel('Choose files').setInputFiles(gone);
      await rm(gone);
      await publishButton(page).click();
      await expectShown(page.getByRole('alert').getByText('The browser cannot read gone.onnx.'));

      await dropPaths(page, [folder]);
      await page.getByRole('button', { name: 'Dry run' }).click();
      await expectShown(page.getByText(`The browser cannot read ${path.basename(folder)}.`));
      expect(await server.needs.database.model.count({ where: { name: 'gone' } })).toBe(0);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('has no button for who may not, and says why', async () => {
    const page = await browser.visit('/publish', { scopes: ['read'] });
    await expectShown(page.getByText('has no scope “publish”'));
    expect(await publishButton(page).count()).toBe(0);
  });
});
