/** What every page must be, whatever it shows: found faultless by axe, no wider than a telephone, in both themes. */
import {
  accessibilityFaults,
  describeInBrowser,
  isWiderThanScreen,
  openBrowser,
  type TestBrowser,
} from '../support/browser.js';
import { fillRegistry, PAGES } from '../support/pages.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let browser: TestBrowser;

describeInBrowser('every page', () => {
  beforeAll(async () => {
    server = await startTestServer();
    browser = await openBrowser(server);
    await fillRegistry(server);
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });
  afterEach(() => expect(browser.faults()).toEqual([]));

  it.each(Object.entries(PAGES))(
    '%s: axe finds nothing, light and wide, dark and narrow',
    async (_name, { address, ready, except }) => {
      const page = await browser.visit(address, { scopes: ['read', 'publish', 'approve', 'admin'] });
      await ready(page);
      await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' }); // what waits for its figures is dimmed
      expect(await accessibilityFaults(page, except)).toEqual([]);
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.setViewportSize({ width: 390, height: 844 });
      expect(await accessibilityFaults(page, except)).toEqual([]);
      expect(await isWiderThanScreen(page)).toBe(false);
    },
  );
});
