/** Budgets and trend on the page of a model: setting, changing, deleting, who may not, and what the picture says in words. */
import { METRIC_FACTS, METRICS } from '../../src/core/metrics.js';
import { describeInBrowser, expectShown, openBrowser, type TestBrowser } from '../support/browser.js';
import { lstmModel } from '../support/onnx-model.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let browser: TestBrowser;

describeInBrowser('budgets of a model', () => {
  beforeAll(async () => {
    server = await startTestServer();
    browser = await openBrowser(server);
    for (const [at, hiddenSize] of [100, 101, 102, 130].entries()) {
      const body = lstmModel({ inputSize: 25, hiddenSize });
      const query = at === 2 ? '?alias=production' : '';
      const response = await server.fetch(`/models/meter/versions${query}`, { method: 'PUT', body });
      expect(response.status).toBe(201);
    }
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });
  afterEach(() => expect(browser.faults()).toEqual([]));

  it('are set, changed and deleted by who may', async () => {
    const page = await browser.visit('/models/meter', { scopes: ['read', 'approve'] });
    await expectShown(page.getByText('No budget holds for this model'));
    await page.getByRole('button', { name: 'Set a budget' }).click();
    const form = page.getByRole('form', { name: 'A new budget' });
    await form.getByRole('button', { name: 'Set the budget' }).click();
    await expectShown(form.getByText('Give a limit on size, on growth, or both.'));
    await form.getByLabel('At most, params').fill('60,000');
    await form.getByLabel('Reason').fill('<b>flash</b> of the board');
    await form.getByRole('button', { name: 'Set the budget' }).click();
    const row = page.getByRole('row', { name: /Learned params.*flash/ });
    await expectShown(row.getByText('60,000'));
    await expectShown(row.getByText('<b>flash</b> of the board'));
    await expectShown(page.getByText('Allowed: 60,000 params.'));

    await row.getByRole('button', { name: 'Change' }).click();
    const change = page.getByRole('form', { name: 'Change the budget' });
    await change.getByLabel('Max growth (%)').fill('7,5'); // a decimal comma, not ten times as much
    await change.getByLabel('Baseline').selectOption('alias');
    await change.getByRole('textbox', { name: 'Alias' }).fill('production');
    await change.getByRole('button', { name: 'Change the budget' }).click();
    await expectShown(row.getByText('over the alias production'));
    expect(await row.innerText()).toMatch(/60,000\s+7\.5%/);

    await row.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete it' }).click();
    await expectShown(page.getByText('No budget holds for this model'));
  });

  it('hold for the model, for a tag of it or for the whole registry, as it is chosen', async () => {
    const create =
      'mutation { createModel(input: { name: "tagged", tags: ["board", "speech"] }) { userErrors { message } } }';
    const created = await server.fetch('/graphql', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ query: create }),
    });
    expect(await created.json()).toEqual({ data: { createModel: { userErrors: [] } } });
    const page = await browser.visit('/models/tagged', { scopes: ['read', 'approve'] });
    for (const [scope, nodes, of] of [
      ['tag:board', '7', 'tag board'],
      ['registry', '8', 'the registry'],
    ] as const) {
      await page.getByRole('button', { name: 'Set a budget' }).click();
      const form = page.getByRole('form', { name: 'A new budget' });
      await form.getByLabel('Holds for').selectOption(scope);
      const metrics = form.getByLabel('Metric of the budget');
      expect(await metrics.locator('option').allInnerTexts()).toEqual(
        METRICS.map((metric) => METRIC_FACTS[metric].label),
      );
      await metrics.selectOption('RECURRENT_NODE_COUNT');
      await form.getByLabel('At most, nodes').fill(nodes);
      await form.getByRole('button', { name: 'Set the budget' }).click();
      await expectShown(page.getByRole('row', { name: new RegExp(`Recurrent nodes ${nodes} .*${of}`) }));
    }
    await page
      .getByRole('row', { name: /tag board/ })
      .getByRole('button', { name: 'Change' })
      .click();
    const change = page.getByRole('form', { name: 'Change the budget' });
    expect(await change.getByLabel('Holds for').count()).toBe(0);
    // What the registry holds all to is seen at another model, where it is deleted again.
    const other = await browser.visit('/models/meter', { scopes: ['read', 'approve'] });
    await other
      .getByRole('row', { name: /the registry/ })
      .getByRole('button', { name: 'Delete' })
      .click();
    await other.getByRole('button', { name: 'Delete it' }).click();
    await expectShown(other.getByText('No budget holds for this model'));
  });

  it('have no buttons for those who may not, who are told why', async () => {
    const page = await browser.visit('/models/meter', { scopes: ['read', 'publish'] });
    await expectShown(page.getByText(/has no scope “approve”/));
    expect(await page.getByRole('button', { name: 'Set a budget' }).count()).toBe(0);
    await expectShown(page.getByRole('link', { name: 'Publish a version' }));
    const reader = await browser.visit('/models/meter', { scopes: ['read'] });
    await expectShown(reader.getByText(/has no scope “approve”/));
    expect(await reader.getByRole('link', { name: 'Publish a version' }).count()).toBe(0);
  });

  it('warn when they select nothing, and say so as long as they do', async () => {
    const page = await browser.visit('/models/meter', { scopes: ['read', 'approve'] });
    await page.getByRole('button', { name: 'Set a budget' }).click();
    const form = page.getByRole('form', { name: 'A new budget' });
    await form.getByLabel('Metric of the budget').selectOption('RECURRENT_PER_USE');
    await form.getByLabel('At most, params').fill('90000');
    await form.getByText('More', { exact: true }).click();
    await form.getByLabel('Node path filter').fill('graph/lstn');
    await form.getByRole('button', { name: 'Set the budget' }).click();
    await expectShown(page.getByText('Set, but the budget selects nothing in the latest version of any model'));
    const row = page.getByRole('row', { name: /only at graph\/lstn/ });
    await expectShown(row.getByText('selects nothing'));
    await row.getByRole('button', { name: 'Change' }).click();
    const change = page.getByRole('form', { name: 'Change the budget' });
    await change.getByText('More', { exact: true }).click();
    await change.getByLabel('Node path filter').fill('graph/lstm');
    await change.getByRole('button', { name: 'Change the budget' }).click();
    const right = page.getByRole('row', { name: /only at graph\/lstm/ });
    await expectShown(right.getByText('fails'));
    // Of the row, and of the message about what was set before.
    await page.getByText('selects nothing').first().waitFor({ state: 'detached' });
    await right.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete it' }).click();
    await expectShown(page.getByText('No budget holds for this model'));
  });

  it('say at the trend what the next version may be', async () => {
    const page = await browser.visit('/models/meter', { scopes: ['read', 'approve'] });
    await page.getByRole('button', { name: 'Set a budget' }).click();
    const form = page.getByRole('form', { name: 'A new budget' });
    await form.getByLabel('Max growth (%)').fill('10');
    await form.getByRole('button', { name: 'Set the budget' }).click();
    // A tenth over 81,640.
    await expectShown(page.getByText('The next version may be at most 89,804 params: 10% over v4.'));
    await page.getByRole('row', { name: /10%/ }).getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete it' }).click();
    await expectShown(page.getByText('No budget holds for this model'));
  });

  it('stand beside a trend that is said in words and as a table', async () => {
    const page = await browser.visit('/models/meter', { scopes: ['read'] });
    // 4·(25n + n² + 2n) of n = 100, 101, 102 and 130: 50,800, 51,712, 52,632 and 81,640.
    await expectShown(page.getByText('From 50,800 (v1) to 81,640 params (v4).'));
    await expectShown(page.getByText('A lasting change of 5% or more begins at v4.'));
    await expectShown(page.locator('.trend canvas'));
    await page.getByText('Show as table').click();
    const table = page.locator('.trend-table');
    expect((await table.getByRole('row', { name: /^v3/ }).innerText()).replace(/\s+/g, ' ')).toBe(
      'v3 production 52,632 +920',
    );
    await expectShown(table.getByRole('row', { name: /^v4 change point/ }));
    await page.getByLabel('Metric').selectOption('RECURRENT_NODE_COUNT');
    await expectShown(page.getByText('From 1 (v1) to 1 nodes (v4).'));
    expect(new URL(page.url()).searchParams.get('metric')).toBe('RECURRENT_NODE_COUNT');
  });
});
