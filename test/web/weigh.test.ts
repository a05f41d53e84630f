/** Weighing in a browser, before a real server that nobody signs in to: the same answer as the command line's, and nothing is sent. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describeInBrowser, dropFiles, expectShown, openBrowser, type TestBrowser } from '../support/browser.js';
import { runCli } from '../support/cli.js';
import { lstmData, lstmWithExternalData } from '../support/external-model.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let browser: TestBrowser;

const fixture = (name: string) => ({ name: `${name}.onnx`, bytes: readFileSync(`fixtures/${name}.onnx`) });

/** Open, and ready for files. */
async function openPage(): Promise<Page> {
  const page = await browser.visit('/weigh');
  await expectShown(page.getByText('Drop an ONNX file here'));
  return page;
}

const title = (page: Page) => page.getByRole('heading', { level: 1 });

/** What is on the clipboard once it is about the file: the click before may not have arrived. */
const COPIED = (name: string) => `(async () => {
  for (;;) {
    const text = await navigator.clipboard.readText();
    if (text.includes(${JSON.stringify(`"file": "${name}"`)})) return text;
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
})()`;

describeInBrowser('weighing in the browser', () => {
  beforeAll(async () => {
    server = await startTestServer();
    browser = await openBrowser(server);
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });
  afterEach(() => expect(browser.faults()).toEqual([]));

  it('shows the whole weighing, and asks for nothing but its own files', async () => {
    const page = await browser.visit('/sign-in');
    const asked: string[] = [];
    page.context().on('request', (request) => {
      asked.push(`${request.method()} ${new URL(request.url()).pathname.replace(/^\/assets\/.*/, '/assets/')}`);
    });
    page.on('websocket', (socket) => asked.push(`websocket ${socket.url()}`));
    await page.goto(`${server.url}/weigh`);
    await expectShown(page.getByText('Drop an ONNX file here'));
    await dropFiles(page, [fixture('stack-of-two')]);
    await expectShown(title(page).getByText('All 2 LSTM nodes weigh what the formula says'));
    for (const heading of ['Contents', 'Recurrent nodes']) {
      await expectShown(page.getByRole('heading', { name: heading }));
    }
    for (const heading of [/^Stacks/, 'Bytes of the file', 'Estimates', /^The file/])
      await expectShown(page.getByRole('heading', { name: heading }));
    await page.getByRole('button', { name: /LSTM/ }).first().click();
    await expectShown(page.locator('.check').getByText('match').or(page.locator('.check').getByText('DOUBLE')).first());
    expect(new Set(asked)).toEqual(new Set(['GET /weigh', 'GET /assets/', 'GET /session']));
  });

  it('gives the JSON of the command line for every fixture', async () => {
    const names = readdirSync('fixtures').filter((name) => name.endsWith('.onnx'));
    const printed = await runCli(['inspect', '--json', ...names.map((name) => `fixtures/${name}`)]);
    const entries = JSON.parse(printed.stdout) as object[];
    expect(names.length).toBeGreaterThan(40);
    const page = await openPage();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    for (const [index, name] of names.entries()) {
      await dropFiles(page, [{ name, bytes: readFileSync(`fixtures/${name}`) }]);
      await expectShown(page.locator('.above').getByText(name, { exact: true }));
      await page.getByRole('button', { name: 'Copy JSON' }).click();
      const copied = await page.evaluate<string>(COPIED(name));
      expect(JSON.parse(copied)).toEqual([{ ...entries[index], file: name }]);
    }
  });

  it('says what does not weigh what it should', async () => {
    const page = await openPage();
    await dropFiles(page, [fixture('mismatch-hidden-size')]);
    await expectShown(title(page).getByText('The LSTM node does not weigh what the formula says'));
  });

  it('reads the external data that is dropped with the model, and says when there is none', async () => {
    const page = await openPage();
    const model = { name: 'model.onnx', bytes: lstmWithExternalData() };
    await dropFiles(page, [model, { name: 'model.onnx.data', bytes: lstmData }]);
    await expectShown(title(page).getByText('The LSTM node weighs what the formula says'));
    await expectShown(page.getByText('with external data', { exact: true }));
    await dropFiles(page, [model]);
    await expectShown(page.getByText('unknown: external data is missing'));
  });

  it('asks which of several models to weigh', async () => {
    const page = await openPage();
    await dropFiles(page, [fixture('gru'), fixture('mismatch-hidden-size')]);
    await expectShown(page.getByText('These are 2 models, and one is weighed at a time. Which?'));
    await page.getByRole('button', { name: 'mismatch-hidden-size.onnx' }).click();
    await expectShown(title(page).getByText('The LSTM node does not weigh what the formula says'));
  });

  it('refuses what is no model with the code and the words of the command line, and takes the next file', async () => {
    const page = await openPage();
    await dropFiles(page, [{ name: 'notes.txt', bytes: Buffer.from('version https://git-lfs.github.com/spec/v1\n') }]);
    await expectShown(page.getByRole('alert').getByText('ARTIFACT_NOT_ONNX'));
    await expectShown(
      page
        .getByRole('alert')
        .getByText(/Git LFS/)
        .first(),
    );
    await dropFiles(page, [
      { name: 'a.bin', bytes: Buffer.from('a') },
      { name: 'b.bin', bytes: Buffer.from('b') },
    ]);
    await expectShown(page.getByRole('alert').getByText('None of these files is a model'));
    await dropFiles(page, [fixture('gru')]);
    await expectShown(title(page).getByText('The GRU node weighs what the formula says'));
  });
});
