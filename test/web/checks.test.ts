/** Checks in a browser: from the list of failures to a finding, approving with a reason, revoking, and who may not. */
import { describeInBrowser, expectShown, openBrowser, type TestBrowser } from '../support/browser.js';
import { lstmModel } from '../support/onnx-model.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let browser: TestBrowser;

async function createBudget(settings: string): Promise<void> {
  const response = await server.fetch('/graphql', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query: `mutation { createBudget(input: { ${settings} }) { userErrors { message } } }` }),
  });
  expect(await response.json()).toEqual({ data: { createBudget: { userErrors: [] } } });
}

async function publish(name: string, hiddenSize: number): Promise<void> {
  const body = lstmModel({ inputSize: 25, hiddenSize });
  const response = await server.fetch(`/models/${name}/versions`, { method: 'PUT', body });
  expect(response.status).toBe(201);
}

describeInBrowser('checks', () => {
  beforeAll(async () => {
    server = await startTestServer();
    browser = await openBrowser(server);
    const script = '<img src=x onerror=alert(1)>';
    await createBudget('scope: MODEL, model: "meter", metric: MODEL_PARAMS, max: 60000, reason: "flash of the board"');
    await createBudget(
      `scope: MODEL, model: "growing", metric: MODEL_PARAMS, maxIncreasePercent: 10, baseline: { kind: FIRST }, owner: "${script}"`,
    );
    for (const size of [100, 112]) await publish('meter', size);
    for (const size of [100, 108, 112]) await publish('growing', size);
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });
  afterEach(() => expect(browser.faults()).toEqual([]));

  it('goes from the failures to a finding: what is new, what was there before, against what', async () => {
    const page = await browser.visit('/checks', { scopes: ['read'] });
    await expectShown(page.getByRole('row', { name: /meter v2.*failed/ }));
    expect(await page.getByRole('row', { name: /meter v1/ }).count()).toBe(0);
    await expectShown(page.getByText('Learned params are 62,272, 2,272 over the limit of 60,000.'));
    await page.getByRole('link', { name: 'growing v3' }).click();
    await expectShown(page.getByRole('heading', { name: 'Check of growing v3' }));
    await expectShown(
      page.getByText(
        'Learned params are 62,272, 6,392 over the limit of 55,880: +22.6% on version 1, 3,952 of it new and 2,440 from before.',
      ),
    );
    // 4·(25n + n² + 2n): 50,800, 58,320 and 62,272; 10 % over the first is 55,880.
    const finding = page.getByRole('listitem').filter({ hasText: 'Learned params: growth' });
    const legend = (await finding.locator('.legend li').allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
    expect(legend).toEqual([
      'within the limit 55,880 params',
      'over it before this version 2,440 params',
      'new in this version 3,952 params',
    ]);
    await expectShown(finding.getByText('v1, the first version'));
    await expectShown(finding.getByText('<img src=x onerror=alert(1)>'));
    await finding.getByText('By version since the base').click();
    await expectShown(finding.getByRole('row', { name: /v2 \+7,520 65\.6%/ }));
    await finding.getByRole('link', { name: 'Compare' }).click();
    await expectShown(page.getByText('11,472 more than 50,800'));
  });

  it('shows at first what somebody has to act on, and the rest when it is asked for', async () => {
    const page = await browser.visit('/checks?model=growing', { scopes: ['read'] });
    await expectShown(page.getByRole('row', { name: /growing v3/ }));
    expect(await page.getByRole('row', { name: /growing v2/ }).count()).toBe(0);
    await page.getByLabel('Show').selectOption('FAIL');
    await expectShown(page.getByRole('row', { name: /growing v2/ }));
    expect(new URL(page.url()).searchParams.get('outcome')).toBe('FAIL');
    await page.getByLabel('Show').selectOption('SKIPPED');
    await expectShown(
      page.getByRole('row', { name: /growing v1.*No limit was judged \(no version to compare with\)/ }),
    );
  });

  it('are seen in the registry, and opened from there', async () => {
    const page = await browser.visit('/?q=growing', { scopes: ['read'] });
    await page
      .getByRole('row', { name: /growing/ })
      .getByRole('link', { name: 'failed' })
      .click();
    await expectShown(page.getByRole('heading', { name: 'Check of growing v3' }));
  });

  it('approves with a reason until a day, and takes it back', async () => {
    const page = await browser.visit('/checks?model=meter', { scopes: ['read', 'approve'] });
    await page.getByRole('link', { name: 'meter v2' }).click();
    const approve = page.getByRole('button', { name: 'Approve' });
    // The first opens the form, which has a button of the same name.
    await approve.click();
    await approve.click();
    await expectShown(page.getByText('Say why:'));
    await page.getByLabel('Why it is accepted').fill('the next board has more <b>flash</b>');
    await page.getByLabel('Expires').fill('2099-12-31');
    await approve.click();
    await expectShown(page.locator('.sentence').getByText('approved'));
    await expectShown(page.locator('.approvals').getByText('the next board has more <b>flash</b>'));
    expect(await page.locator('.approvals time').last().getAttribute('datetime')).toMatch(/^(2099-12-31|2100-01-01)T/);
    expect(await approve.count()).toBe(0);

    // The same, and the button, on the page of the model.
    const model = await browser.visit('/models/meter', { scopes: ['read', 'approve'] });
    const failed = model.locator('.failures > li').filter({ hasText: 'Check of meter v2' });
    await expectShown(failed.locator('.badge', { hasText: 'approved' }));
    await expectShown(failed.getByText('the next board has more <b>flash</b>'));
    await expectShown(failed.getByText('Learned params are 62,272, 2,272 over the limit of 60,000.'));
    expect(await failed.getByRole('button', { name: 'Revoke' }).count()).toBe(1);
    const reader = await browser.visit('/models/meter', { scopes: ['read'] });
    await expectShown(reader.locator('.failures').getByText('the next board has more'));
    expect(await reader.getByRole('button', { name: 'Revoke' }).count()).toBe(0);

    await page.getByRole('button', { name: 'Revoke' }).click();
    await expectShown(page.locator('.sentence').getByText('failed'));
    await expectShown(page.locator('.approvals').getByText('revoked'));
    await expectShown(approve);
    await model.reload();
    await expectShown(model.locator('.failures').getByText('revoked'));
    await model.getByRole('link', { name: 'Check of meter v2' }).click();
    await expectShown(model.getByRole('heading', { name: 'Check of meter v2' }));
  });

  it('has no button for those who may not approve, and says why', async () => {
    const page = await browser.visit('/checks?model=growing', { scopes: ['read', 'publish'] });
    await page.getByRole('link', { name: 'growing v3' }).click();
    await expectShown(page.getByText(/has no scope “approve”/));
    expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0);
  });

  it('checks a version again by the budgets of now', async () => {
    await publish('unlimited', 10);
    const page = await browser.visit('/models/unlimited/versions/1', { scopes: ['read', 'publish'] });
    await expectShown(page.getByText('Not checked:'));
    await createBudget('scope: MODEL, model: "unlimited", metric: RECURRENT_NODE_COUNT, max: 1');
    await page.getByRole('button', { name: 'Check now' }).click();
    await expectShown(page.getByRole('heading', { name: 'Check of unlimited v1' }));
    await expectShown(page.locator('.sentence').getByText('passed'));
    await page.goBack();
    await expectShown(page.getByRole('link', { name: 'See the check' }));
  });

  it('says beside what passed how much could not be judged, and why', async () => {
    await createBudget('scope: MODEL, model: "first", metric: MODEL_PARAMS, max: 60000, maxIncreasePercent: 10');
    await publish('first', 100);
    const page = await browser.visit('/models/first/versions/1', { scopes: ['read'] });
    await expectShown(page.getByText('1 limit is kept; 1 not judged (no version to compare with).'));
  });

  it('says what to do where nothing failed, and where there is no such check', async () => {
    await publish('never-failed', 10);
    const page = await browser.visit('/checks?model=never-failed', { scopes: ['read'] });
    await expectShown(page.getByText('Nothing to act on'));
    await page.getByRole('link', { name: 'See all that failed' }).click();
    await expectShown(page.getByText('No check failed'));
    const model = await browser.visit('/models/never-failed', { scopes: ['read'] });
    await expectShown(model.getByText('No version of this model failed a check'));
    const missing = await browser.visit('/checks/Q2hlY2s6MDAwMDAwMDAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAw', {
      scopes: ['read'],
    });
    await expectShown(missing.getByText('No such check'));
  });
});
