/** Quantized weights in a browser: how large they are, and that params are a lower bound where some cannot be counted. */
import { describeInBrowser, expectShown, openBrowser, type TestBrowser } from '../support/browser.js';
import { claimingModel, fourBitModel, strangeModel } from '../support/quantized-model.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let browser: TestBrowser;

describeInBrowser('quantized weights', () => {
  beforeAll(async () => {
    server = await startTestServer();
    browser = await openBrowser(server);
    for (const body of [fourBitModel(), strangeModel(2_000), claimingModel()]) {
      expect((await server.fetch('/models/packed/versions', { method: 'PUT', body })).status).toBe(201);
    }
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });
  afterEach(() => expect(browser.faults()).toEqual([]));

  const BOUND =
    'Learned params are a lower bound: it is not known how many are in 1 tensor that is packed, held by an attribute, given by the caller, or without its values.';

  it('are said with params, bytes and bits', async () => {
    const page = await browser.visit('/models/packed/versions/1', { scopes: ['read'] });
    await expectShown(page.getByText('4,096 params in 2,048 bytes, 4 bits each'));
    expect(await page.getByText('lower bound').count()).toBe(0);
  });

  it('that cannot be counted make a lower bound, on the page of the version, of the model and of the registry', async () => {
    const page = await browser.visit('/models/packed/versions/2', { scopes: ['read'] });
    await expectShown(page.getByText(BOUND));
    const claiming = await browser.visit('/models/packed/versions/3', { scopes: ['read'] });
    await expectShown(claiming.getByText('Not counted: 1 tensor claims 1,000 elements, more than its bytes can hold.'));
    await expectShown(claiming.getByText(BOUND));
    const versions = await browser.visit('/models/packed', { scopes: ['read'] });
    await expectShown(versions.getByRole('row', { name: /^v2/ }).getByText('lower bound'));
    expect(await versions.getByRole('row', { name: /^v1/ }).getByText('lower bound').count()).toBe(0);
    const registry = await browser.visit('/', { scopes: ['read'] });
    await expectShown(registry.getByRole('row', { name: /packed/ }).getByText('lower bound'));
  });

  it('make a bound in a comparison too, with the side that it is on', async () => {
    const page = await browser.visit('/compare?base=packed@1&compare=packed@2', { scopes: ['read'] });
    await expectShown(page.getByText(`packed@2: ${BOUND}`));
    expect(await page.getByText(`packed@1: ${BOUND}`).count()).toBe(0);
  });
});
