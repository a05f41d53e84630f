/** Comparing in a browser: from a version to its comparison, the waterfall down to the exact delta, links, errors, and script in names. */
import type { Page } from 'playwright-core';
import { describeInBrowser, dropFiles, expectShown, openBrowser, type TestBrowser } from '../support/browser.js';
import { floatTensor, lstmModel, model, node, value } from '../support/onnx-model.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { publishSilero } from '../support/silero.js';

let server: TestServer;
let browser: TestBrowser;

async function publish(name: string, body: Uint8Array): Promise<void> {
  const response = await server.fetch(`/models/${name}/versions`, { method: 'PUT', body });
  expect(response.status).toBe(201);
}

/** The whole numbers of the rows of the waterfall, by what stands before them. */
async function waterfall(page: Page): Promise<[string, number][]> {
  await expectShown(page.locator('.waterfall'));
  return page.evaluate<
    [string, number][]
  >(`[...document.querySelectorAll('.waterfall :is(tbody, tfoot) tr')].map((row) =>
    [row.querySelector('th').textContent, Number(row.querySelector('data').value)])`);
}

describeInBrowser('comparing', () => {
  beforeAll(async () => {
    server = await startTestServer();
    browser = await openBrowser(server);
    await publishSilero(server);
    await publish('meter', lstmModel({ inputSize: 25, hiddenSize: 100 }));
    await publish('meter', lstmModel({ inputSize: 25, hiddenSize: 112 }));
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });
  afterEach(() => expect(browser.faults()).toEqual([]));

  it('goes from a version to the one before it, and tells cause, parts and exact delta', async () => {
    const page = await browser.visit('/models/meter/versions/2', { scopes: ['read'] });
    await page.getByRole('link', { name: 'Compare with previous' }).click();
    // 4·(112·25 + 112² + 2·112) − 4·(100·25 + 100² + 2·100)
    await expectShown(page.getByText('62,272 learned parameters, 11,472 more than 50,800'));
    expect(await waterfall(page)).toEqual([
      ['meter@1', 50_800],
      ['hidden size', 11_472],
      ['Together', 11_472],
      ['meter@2', 62_272],
    ]);
    const change = page.getByRole('row', { name: /graph\/lstm/ });
    expect((await change.innerText()).replace(/\s+/g, ' ')).toMatch(
      /hidden size n 100 → 112 .*\+11,472 .*input \+1,200 recurrent \+10,176 bias \+96/,
    );
  });

  it('keeps in the address what is asked, and sums every figure to its delta', async () => {
    const page = await browser.visit('/compare', { scopes: ['read'] });
    await expectShown(page.getByText('Nothing to compare yet'));
    await page.getByRole('button', { name: 'Compare', exact: true }).click();
    await expectShown(page.getByText('Name a version first.').first());
    await page.getByRole('combobox', { name: 'Base' }).fill('silero-vad@legacy');
    await page.getByRole('combobox', { name: 'Compare' }).fill('silero-vad@v5');
    await page.keyboard.press('Enter');
    await expectShown(page.locator('.sentence'));
    await page.getByLabel('Figure').selectOption('BYTE_SIZE');
    const asked = new URL(page.url());
    expect(Object.fromEntries(asked.searchParams)).toEqual({
      base: 'silero-vad@legacy',
      compare: 'silero-vad@v5',
      metric: 'BYTE_SIZE',
    });

    const shared = await browser.visit(asked.pathname + asked.search, { scopes: ['read'] });
    await expectShown(shared.getByText('1,807,522 bytes'));
    const rows = await waterfall(shared);
    const [base, ...rest] = rows.map(([, figure]) => figure);
    const [compare, together, ...causes] = rest.reverse();
    expect([base, compare]).toEqual([1_807_522, 2_327_524]);
    expect(together).toBe(2_327_524 - 1_807_522);
    expect(causes.reduce((sum, delta) => sum + delta, 0)).toBe(together);
  });

  it('lists first what made most of the figure that is explained', async () => {
    const page = await browser.visit('/compare?base=silero-vad@legacy&compare=silero-vad@v5', { scopes: ['read'] });
    const shown = async (figure: string): Promise<number[]> => {
      await expectShown(page.getByRole('columnheader', { name: figure }).last());
      await expectShown(page.locator('.scroll[aria-busy=false]').first());
      const rows = `[...document.querySelectorAll('td[data-label="${figure}"] data')]`;
      return page.evaluate<number[]>(`${rows}.map((one) => Math.abs(Number(one.value)))`);
    };
    for (const [figure, metric] of [
      ['Learned params', 'MODEL_PARAMS'],
      ['Recurrent params, per use', 'RECURRENT_PER_USE'],
      ['Size of the file', 'BYTE_SIZE'],
    ] as const) {
      await page.getByLabel('Figure').selectOption(metric);
      const sizes = await shown(figure);
      expect(sizes).toHaveLength(20);
      expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
      expect(sizes[0]).toBeGreaterThan(0);
    }
  });

  it('explains first the figure that the sentence tells, where no parameter came or went', async () => {
    const named = (name: string) =>
      model({
        node: [node('LSTM', ['x', 'W', 'R'], ['y'], { hidden_size: 2 }, { name })],
        initializer: [floatTensor('W', [1, 8, 3]), floatTensor('R', [1, 8, 2])],
        input: [value('x', ['time', 1, 3])],
      });
    await publish('renamed', named('short'));
    await publish('renamed', named('a-much-longer-name'));
    const page = await browser.visit('/compare?base=renamed@1&compare=renamed@2', { scopes: ['read'] });
    await expectShown(page.getByLabel('Figure'));
    expect(await page.getByLabel('Figure').inputValue()).toBe('BYTE_SIZE');
    await expectShown(page.locator('.sentence', { hasText: / bytes of the model file, 13 more than / }));
    await page.getByLabel('Figure').selectOption('MODEL_PARAMS');
    await page.waitForURL(/metric=MODEL_PARAMS/);
    expect((await waterfall(page)).at(1)).toEqual(['Together', 0]);
  });

  it('pages through many changes', async () => {
    const layers = (count: number, hidden: number) =>
      model({
        node: Array.from({ length: count }, (_, at) =>
          node('LSTM', ['x', `W${at}`, `R${at}`], [`y${at}`], { hidden_size: hidden }, { name: `lstm-${at}` }),
        ),
        initializer: Array.from({ length: count }, (_, at) => [
          floatTensor(`W${at}`, [1, 4 * hidden, 3]),
          floatTensor(`R${at}`, [1, 4 * hidden, hidden]),
        ]).flat(),
        input: [value('x', ['time', 1, 3])],
      });
    await publish('deep', layers(24, 2));
    await publish('deep', layers(24, 3));
    const page = await browser.visit('/compare?base=deep@1&compare=deep@2', { scopes: ['read'] });
    const changes = page.getByRole('row', { name: /hidden size n 2 → 3/ });
    await expectShown(page.getByRole('heading', { name: /^Changes \(2[4-9]\)$/ }));
    expect(await changes.count()).toBe(20);
    await page.getByRole('button', { name: 'Next' }).click();
    await page.waitForURL(/after=/);
    await expectShown(page.locator('.scroll[aria-busy=false]').first());
    expect(await changes.count()).toBe(4);

    const narrow = await browser.visit('/compare?base=deep@1&compare=deep@2', { scopes: ['read'], width: 390 });
    const shown = narrow.getByRole('row', { name: /hidden size n 2 → 3/ });
    await expectShown(shown.first());
    expect(await shown.count()).toBe(6);
    await narrow.getByRole('button', { name: 'Show all 20' }).click();
    expect(await shown.count()).toBe(20);
  });

  it('says of what is not there what to do, and still takes another name', async () => {
    const page = await browser.visit('/compare?base=none@1&compare=meter@2', { scopes: ['read'] });
    await expectShown(page.getByRole('alert').getByText('MODEL_NOT_FOUND'));
    await page.getByRole('combobox', { name: 'Base' }).fill('meter@1');
    await page.keyboard.press('Enter');
    await expectShown(page.getByText('11,472 more than 50,800'));
  });

  it('says of the same bytes that they are the same', async () => {
    const page = await browser.visit('/compare?base=meter@2&compare=meter', { scopes: ['read'] });
    await expectShown(page.getByText('Both are the same file.'));
    expect((await waterfall(page)).at(2)).toEqual(['meter@2', 62_272]);
    await page.getByLabel('Show unchanged').check();
    await expectShown(page.getByRole('row', { name: /graph\/lstm/ }));
  });

  it('compares two files that are dropped, in an address that can be opened again', async () => {
    const page = await browser.visit('/compare', { scopes: ['read', 'publish'] });
    await expectShown(page.getByText('Or drop two ONNX files, base first.'));
    await dropFiles(page, [
      { name: 'small <b>.onnx', bytes: lstmModel({ inputSize: 5, hiddenSize: 7 }) },
      { name: 'large.onnx', bytes: lstmModel({ inputSize: 5, hiddenSize: 9 }) },
    ]);
    // 4·(7·5 + 7² + 2·7) = 392; 4·(9·5 + 9² + 2·9) = 576
    await expectShown(page.getByText('576 learned parameters, 184 more than 392'));
    const expected = [
      ['small <b>.onnx', 392],
      ['hidden size', 184],
      ['Together', 184],
      ['large.onnx', 576],
    ];
    expect(await waterfall(page)).toEqual(expected);
    expect(await server.needs.database.model.count({ where: { name: { contains: 'large' } } })).toBe(0);
    await page.reload();
    expect(await waterfall(page)).toEqual(expected);
    await page.getByRole('button', { name: 'Swap' }).click();
    await page.getByRole('button', { name: 'Compare', exact: true }).click();
    await expectShown(page.getByText('392 learned parameters, 184 fewer than 576'));
    expect((await waterfall(page)).map(([name]) => name).slice(0, 1)).toEqual(['large.onnx']);
  });

  it('holds a file against a version that is named', async () => {
    const page = await browser.visit('/compare', { scopes: ['read', 'publish'] });
    await page.getByRole('combobox', { name: 'Base' }).fill('meter@2');
    const buffer = Buffer.from(lstmModel({ inputSize: 25, hiddenSize: 100 }));
    const file = { name: 'candidate.onnx', mimeType: 'application/octet-stream', buffer };
    await page.getByLabel('Choose a file for compare').setInputFiles(file);
    await expectShown(page.getByText('50,800 learned parameters, 11,472 fewer than 62,272'));
    expect(await page.getByRole('combobox', { name: 'Base' }).inputValue()).toBe('meter@2');
    await expectShown(page.getByText('The file candidate.onnx'));
  });

  it('says of a dropped file that is no model which it is and what to do, and of too many that they are too many', async () => {
    const page = await browser.visit('/compare', { scopes: ['read', 'publish'] });
    await expectShown(page.getByText('Or drop two ONNX files, base first.'));
    const bytes = lstmModel({ inputSize: 5, hiddenSize: 7 });
    await dropFiles(page, [
      { name: 'whole.onnx', bytes },
      { name: 'cut.onnx', bytes: bytes.subarray(0, 300) },
    ]);
    await expectShown(page.getByRole('alert').getByText(/^The file cut.onnx cannot be read: /));
    await expectShown(page.getByText('ARTIFACT_TRUNCATED'));
    await dropFiles(
      page,
      ['a', 'b', 'c'].map((name) => ({ name: `${name}.onnx`, bytes })),
    );
    await expectShown(page.getByRole('alert').getByText('Drop one file or two'));
  });

  it('takes no file from who may not publish, and says why', async () => {
    const page = await browser.visit('/compare', { scopes: ['read'] });
    await expectShown(page.getByText('has no scope “publish”'));
    expect(await page.getByText('Choose a file').count()).toBe(0);
    await dropFiles(page, [{ name: 'a.onnx', bytes: lstmModel({ inputSize: 5, hiddenSize: 7 }) }]);
    await expectShown(page.getByRole('alert').getByText('has no scope “publish”'));
  });

  it('shows script in the names of nodes as text', async () => {
    const name = '<img src=x onerror=alert(1)>';
    const named = (hidden: number) =>
      model({
        node: [node('LSTM', ['x', 'W', 'R'], ['y'], { hidden_size: hidden }, { name })],
        initializer: [floatTensor('W', [1, 4 * hidden, 3]), floatTensor('R', [1, 4 * hidden, hidden])],
        input: [value('x', ['time', 1, 3])],
      });
    await publish('script', named(2));
    await publish('script', named(3));
    const page = await browser.visit('/compare?base=script@1&compare=script@2', { scopes: ['read'] });
    await expectShown(page.locator('.sentence', { hasText: name }));
    await expectShown(page.getByRole('row', { name: /img src=x/ }));
    expect(await page.locator('main img').count()).toBe(0);
  });

  it('reads figures as they are, whatever a name in the sentence holds', async () => {
    for (const hiddenSize of [4, 9]) {
      const body = lstmModel({ inputSize: 3, hiddenSize, name: 'a\u202egnp.exe' });
      const response = await server.fetch('/models/turned/versions', { method: 'PUT', body });
      expect(response.status).toBe(201);
    }
    const page = await browser.visit('/compare?base=turned@1&compare=turned@2', { scopes: ['read'] });
    // 4·(3n + n² + 2n) of n = 4 and 9: 144 and 504. After a mark in the name the browser would write 063+.
    await expectShown(page.getByText('hidden size 4 → 9 at a\\u{202e}gnp.exe +360.'));
  });
});
