/** Every page of the product with something in it, for tests that hold of all of them. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { dropFiles } from './browser.js';
import { publishSilero } from './silero.js';
import type { TestServer } from './server.js';

export interface ShownPage {
  address: string;
  /** Opens what is folded, and comes back when the page is whole. */
  ready: (page: Page) => Promise<void>;
  /** A selector of what is not ours. */
  except?: string;
}

/** Each page, and when it is whole. */
export const PAGES: Record<string, ShownPage> = {
  registry: {
    address: '/?q=silero&op=LSTM',
    ready: (page) => page.getByRole('link', { name: 'silero-vad' }).waitFor(),
  },
  model: {
    address: '/models/silero-vad?metric=BYTE_SIZE',
    async ready(page) {
      await page.locator('.trend canvas').waitFor();
      await page.getByText('Show as table').click();
      await page.getByRole('main').getByRole('button', { name: 'Change', exact: true }).click();
      await page.getByText('More', { exact: true }).click();
      await page.getByRole('link', { name: 'v1' }).first().waitFor();
    },
  },
  version: {
    address: '/models/silero-vad/versions/2',
    async ready(page) {
      await page.getByRole('button', { name: /LSTM/ }).first().click();
      await page.locator('.check').waitFor();
      await page.getByText('MACs per time step').waitFor();
      await page.locator('.legend').getByRole('button', { name: 'weight' }).click();
    },
  },
  weigh: { address: '/weigh', ready: (page) => page.getByText('Drop an ONNX file here').waitFor() },
  'a weighed file': {
    address: '/weigh',
    async ready(page) {
      await page.getByText('Drop an ONNX file here').waitFor();
      await dropFiles(page, [{ name: 'stack-of-two.onnx', bytes: readFileSync('fixtures/stack-of-two.onnx') }]);
      await page.getByRole('button', { name: /LSTM/ }).first().click();
      await page.locator('.check').waitFor();
    },
  },
  compare: {
    address: '/compare?base=silero-vad@1&compare=silero-vad@2',
    ready: (page) => page.getByRole('heading', { name: /^Changes \(/ }).waitFor(),
  },
  'a comparison with what is not there': {
    address: '/compare?base=silero-vad@1&compare=silero-vad@90',
    ready: (page) => page.getByRole('alert').waitFor(),
  },
  audit: {
    address: '/audit?baseline=alias:production&metric=MEMORY&q=silero&over=-1',
    ready: (page) => page.getByRole('link', { name: 'silero-vad' }).waitFor(),
  },
  checks: {
    address: '/checks?outcome=FAIL',
    ready: (page) => page.getByRole('link', { name: 'silero-vad v2' }).waitFor(),
  },
  check: {
    address: '/checks?outcome=FAIL',
    async ready(page) {
      await page.getByRole('link', { name: 'silero-vad v2' }).click();
      // The first opens the form, which has a button of the same name.
      await page.getByRole('button', { name: 'Approve' }).click();
      await page.getByRole('button', { name: 'Approve' }).click();
      await page.getByText('Say why: whoever reads').waitFor();
    },
  },
  calculator: {
    address: '/calculator?input=40&hidden=64&layers=3&directions=2&projection=20&peepholes=true&maxParams=50000',
    ready: (page) => page.getByText('fits, with').waitFor(),
  },
  'the calculator with a wrong field': {
    address: '/calculator?hidden=none',
    ready: (page) => page.getByText('No count yet').waitFor(),
  },
  publish: {
    address: '/publish?model=a',
    async ready(page) {
      await page.getByText('More about the version').click();
      await page.getByRole('main').getByRole('button', { name: 'Publish' }).click();
      await page.getByText('Choose a file first.').waitFor();
    },
  },
  api: {
    address: '/api',
    ready: (page) => page.locator('.view-line', { hasText: 'LargestVersions' }).waitFor(),
    // GraphiQL's own: tabs that hold a button to close them, and token colours of its editor on grey.
    except: '.graphiql-container',
  },
  'sign-in': { address: '/sign-in', ready: (page) => page.getByLabel('Token').waitFor() },
  'a page that is not there': {
    address: '/models/none/versions/1',
    ready: (page) => page.getByText('No such version').waitFor(),
  },
};

/** What the pages show. */
export async function fillRegistry(server: TestServer): Promise<void> {
  await setTightBudget(server);
  await publishSilero(server);
}

/** Every version of the model fails its check. */
async function setTightBudget(server: TestServer): Promise<void> {
  const mutation = `mutation { createBudget(input: { scope: MODEL, model: "silero-vad", metric: MODEL_PARAMS, max: 1000,
    maxIncreasePercent: 1 }) { userErrors { message } } }`;
  const response = await server.fetch('/graphql', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query: mutation }),
  });
  const answer = await response.text();
  if (answer !== '{"data":{"createBudget":{"userErrors":[]}}}\n') throw new Error(`no budget was set: ${answer}`);
}
