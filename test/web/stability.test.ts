/** Nothing jumps: what the browser counts as shifts of what is shown, on every page, from nothing to whole. */
import type { Page } from 'playwright-core';
import { describeInBrowser, openBrowser, type TestBrowser } from '../support/browser.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { publishSilero } from '../support/silero.js';

let server: TestServer;
let browser: TestBrowser;

/** Each page, and what is there when it is whole. */
const PAGES: Record<string, { address: string; whole: (page: Page) => Promise<void> }> = {
  registry: { address: '/', whole: (page) => page.getByRole('link', { name: 'silero-vad' }).waitFor() },
  model: { address: '/models/silero-vad', whole: (page) => page.locator('.trend canvas').waitFor() },
  version: {
    address: '/models/silero-vad/versions/2',
    whole: (page) => page.getByText('MACs per time step').waitFor({ state: 'attached' }),
  },
  compare: {
    address: '/compare?base=silero-vad@1&compare=silero-vad@2',
    whole: (page) => page.getByRole('heading', { name: /^Changes \(/ }).waitFor(),
  },
  audit: { address: '/audit', whole: (page) => page.getByRole('link', { name: 'silero-vad' }).waitFor() },
  checks: { address: '/checks', whole: (page) => page.locator('.empty').waitFor() },
  calculator: {
    address: '/calculator?input=25&hidden=100',
    whole: (page) => page.locator('.calculator-result').waitFor(),
  },
  publish: { address: '/publish', whole: (page) => page.getByText('Drop an ONNX file here').waitFor() },
};

/** Σ of the layout shifts as browsers score them: the part of the screen that moved × how far. */
const SHIFTS = `new Promise((resolve) => {
  let sum = 0;
  const add = (entries) => { for (const { value } of entries) sum += value; };
  const observer = new PerformanceObserver((list) => add(list.getEntries()));
  observer.observe({ type: 'layout-shift', buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => { add(observer.takeRecords()); resolve(sum); }));
})`;
/** Half of what web.dev calls good. */
const LITTLE = 0.05;

describeInBrowser('every page', () => {
  beforeAll(async () => {
    server = await startTestServer();
    browser = await openBrowser(server);
    await publishSilero(server);
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  it.each(Object.entries(PAGES))(
    '%s: hardly moves while it loads, wide and narrow',
    async (_name, { address, whole }) => {
      for (const width of [1280, 390]) {
        const page = await browser.visit(address, { scopes: ['read', 'publish', 'approve'], width });
        await whole(page);
        await page.waitForLoadState('networkidle');
        const shifts = await page.evaluate<number>(SHIFTS);
        expect(shifts).toBeLessThan(LITTLE);
      }
    },
  );
});
