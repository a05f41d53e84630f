/** The calculator: by keyboard alone, without signing in, without asking the server for a number. */
import type { Page } from 'playwright-core';
import { describeInBrowser, expectShown, openBrowser, type TestBrowser } from '../support/browser.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let browser: TestBrowser;

const result = (page: Page) => page.locator('.calculator-result');

/** What is broader than what can be seen, without what is inside of something that scrolls by itself. */
const WIDER_THAN_THE_PAGE = `document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
  [...document.querySelectorAll('main *')].filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth)
    .map((one) => one.tagName + '.' + one.className + ' ' + one.textContent.slice(0, 40))`;

describeInBrowser('the calculator', () => {
  beforeAll(async () => {
    server = await startTestServer();
    browser = await openBrowser(server);
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });
  afterEach(() => expect(browser.faults()).toEqual([]));

  it('answers what the address asks, and no one else is asked', async () => {
    const asked: string[] = [];
    const page = await browser.visit('/sign-in');
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(`${server.url}/calculator?input=25&hidden=100`);
    await expectShown(result(page).getByText('50,800'));
    await expectShown(page.getByText('= 1·4·(100·25 + 100² + 2·100) = 50,800'));
    expect(new Set(asked.filter((path) => !path.startsWith('/assets/')))).toEqual(new Set(['/calculator', '/session']));
  });

  it('is worked by keyboard alone, and the address follows', async () => {
    const page = await browser.visit('/calculator');
    await expectShown(result(page));
    await page.getByLabel('Operator').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.type('3'); // what is selected by Tab is written over
    await page.keyboard.press('Tab');
    await page.keyboard.type('2');
    await expectShown(result(page).getByText('56'));
    await page.keyboard.press('Tab'); // layers
    await page.keyboard.press('Tab'); // directions
    await page.keyboard.press('Tab'); // bias: two, one, none
    await page.keyboard.press('ArrowDown');
    await expectShown(result(page).getByText('48'));
    await page.keyboard.press('ArrowDown');
    await expectShown(result(page).getByText('40'));
    expect(new URL(page.url()).search).toBe('?input=3&hidden=2&bias=none');
    await page.reload();
    await expectShown(result(page).getByText('40'));
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main'); // past the bar
  });

  it('adds up by part, by gate and by layer', async () => {
    // Two bidirectional layers: 2·4·(64·40 + 64² + 2·64), then m = 2·64.
    const page = await browser.visit('/calculator?input=40&hidden=64&layers=2&directions=2');
    await expectShown(result(page).getByText('153,600'));
    const sum = (heading: string, row: string) =>
      page.getByRole('table', { name: heading }).getByRole('row', { name: row }).innerText();
    expect(await sum('By layer', '1, from m = 40')).toContain('54,272');
    expect(await sum('By layer', '2, from m = 128')).toContain('99,328');
    expect(await sum('By gate', 'c')).toContain('38,400');
    expect(await sum('By part', 'W, input')).toContain('86,016');
    for (const heading of ['By part', 'By gate', 'By layer'])
      expect(await sum(heading, 'Together')).toContain('153,600');
  });

  it('works backwards, and takes the answer over', async () => {
    const page = await browser.visit('/calculator?input=25&bias=single');
    await page.getByLabel('Params, at most').fill('50,399');
    await expectShown(page.getByText('n = 99 fits'));
    await expectShown(page.getByText('One more is 1 params over'));
    await page.getByRole('button', { name: 'Use n = 99' }).click();
    await expectShown(result(page).getByText('49,500'));
    expect(new URL(page.url()).searchParams.get('hidden')).toBe('99');
  });

  it('says under the field what it needs, and counts again when it has it', async () => {
    const page = await browser.visit('/calculator?projection=100');
    const field = page.getByLabel('Projection, p');
    await expectShown(page.getByText('Smaller than the hidden size'));
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    expect(await result(page).count()).toBe(0);
    await field.fill('20');
    // 4·(100·25 + 100·20 + 2·100) + 100·20
    await expectShown(result(page).getByText('20,800'));
  });

  it('says what training takes for a batch, a length and a rate, and the address follows', async () => {
    const page = await browser.visit('/calculator');
    const tile = (label: string) => page.locator('dl.tiles > div').filter({ hasText: label }).locator('dd').first();
    const field = (label: string) => page.getByRole('form', { name: 'The training' }).getByLabel(label);
    await field('Batch').fill('2');
    await field('Time steps').fill('10');
    // Of an LSTM of 100 units 600 values a step are kept; weights, gradients and two states of Adam beside them, 4 bytes each.
    const bytes = 4 * (4 * 50_800 + 600 * 10 * 2);
    await expectShown(tile('Training memory with activations').getByTitle(bytes.toLocaleString('en-US')));
    expect(await tile('Training time').count()).toBe(0);
    await field('Training examples').fill('2,000');
    await field('Epochs').fill('3');
    await field('FLOP/s reached').fill('1e9');
    // 51,100 multiply–accumulates a step, six operations each for forward and backward.
    await expectShown(tile('Training time, seconds').getByText(String(Math.ceil((6 * 51_100 * 10 * 2_000 * 3) / 1e9))));
    expect(new URL(page.url()).search).toBe('?batch=2&timeSteps=10&examples=2%2C000&epochs=3&flops=1e9');
    await field('Batch').fill('0');
    await expectShown(page.getByText('No estimate yet: a field above needs another value.'));
    expect(await field('Batch').getAttribute('aria-invalid')).toBe('true');
    expect(await result(page).count()).toBe(1);
  });

  it('explains units, four blocks and the two notations, and names the sources of its rules', async () => {
    const page = await browser.visit('/calculator');
    const section = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Letters and blocks' }) });
    await expectShown(section.getByText('Units are the size of the output, not the number of time steps.'));
    await expectShown(section.getByText(/three gates.*and a candidate.*four blocks/));
    const row = (name: string) => section.getByRole('row', { name });
    expect(await row('m inputs, n units').innerText()).toMatch(/U \(n×m\)\s+W \(n×n\)\s+4·\(n·m \+ n²\)/);
    expect(await row('n inputs, d units').innerText()).toMatch(/W \(d×n\)\s+U \(d×d\)\s+4d·\(n \+ d\)/);
    await page.getByText('The rules and their sources').click();
    await expectShown(
      page
        .getByText(/ONE_PER_PARAM/)
        .locator('..')
        .getByText(/50,800: Cover 1965/),
    );
  });

  it.each([
    [320, 'light'],
    [390, 'dark'],
  ] as const)('needs no sideways scrolling at %i px', async (width, theme) => {
    const page = await browser.visit('/calculator?layers=3&directions=2&flops=1e12', { width, theme });
    await expectShown(page.getByText('Training time, seconds'));
    expect(await page.evaluate(WIDER_THAN_THE_PAGE)).toEqual([]);
  });
});
