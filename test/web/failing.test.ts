/** Pages while something is wrong around them: files of the pages that are gone, a token that was revoked, a budget that others changed. */
import { describeInBrowser, expectShown, openBrowser, type TestBrowser } from '../support/browser.js';
import { lstmModel } from '../support/onnx-model.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let browser: TestBrowser;

describeInBrowser('a page', () => {
  beforeAll(async () => {
    server = await startTestServer();
    browser = await openBrowser(server);
    const body = lstmModel({ inputSize: 25, hiddenSize: 100 });
    const response = await server.fetch('/models/meter/versions', { method: 'PUT', body });
    expect(response.status).toBe(201);
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  it('that cannot be loaded says what to do and leaves the others', async () => {
    const page = await browser.visit('/', { scopes: ['read'] });
    await expectShown(page.getByRole('link', { name: 'meter', exact: true }));
    // As after an upgrade, or while the server is stopped.
    await page.route('**/assets/audit*', (route) => route.abort());
    await page.getByRole('link', { name: 'Audit' }).click();
    await expectShown(page.getByRole('alert').getByText('This page cannot be shown.'));
    await page.getByRole('link', { name: 'Checks' }).click();
    await expectShown(page.getByRole('heading', { name: 'Checks' }));
    await page.getByRole('link', { name: 'Audit' }).click();
    await expectShown(page.getByText('This page cannot be shown.'));
    await page.unroute('**/assets/audit*');
    await page.getByRole('button', { name: 'Reload the page' }).click();
    await expectShown(page.getByRole('heading', { name: 'Audit' }));
    expect(browser.faults().join('\n')).toMatch(/audit/);
  });

  it('shows a budget as somebody else changed it, so that it can be changed again', async () => {
    const [mine, theirs] = [
      await browser.visit('/models/meter', { scopes: ['read', 'approve'] }),
      await browser.visit('/models/meter', { scopes: ['read', 'approve'] }),
    ];
    await mine.getByRole('button', { name: 'Set a budget' }).click();
    await mine.getByLabel('At most, params').fill('60000');
    await mine.getByRole('button', { name: 'Set the budget' }).click();
    await expectShown(mine.getByRole('row', { name: /60,000/ }));
    await theirs.reload();
    for (const page of [mine, theirs]) await page.getByRole('button', { name: 'Change', exact: true }).click();
    await theirs.getByLabel('At most, params').fill('70000');
    await theirs.getByRole('button', { name: 'Change the budget' }).click();
    await expectShown(theirs.getByRole('row', { name: /70,000/ }));

    await mine.getByLabel('At most, params').fill('80000');
    await mine.getByRole('button', { name: 'Change the budget' }).click();
    await expectShown(mine.getByText('Somebody else changed it'));
    await expectShown(mine.getByRole('row', { name: /70,000/ }));
    await mine.getByRole('button', { name: 'Close' }).click();
    await mine.getByRole('button', { name: 'Change', exact: true }).click();
    expect(await mine.getByLabel('At most, params').inputValue()).toBe('70000');
    await mine.getByLabel('At most, params').fill('80000');
    await mine.getByRole('button', { name: 'Change the budget' }).click();
    await expectShown(mine.getByRole('row', { name: /80,000/ }));

    await theirs.getByRole('button', { name: 'Change', exact: true }).click();
    await mine.getByRole('button', { name: 'Delete' }).click();
    await mine.getByRole('button', { name: 'Delete it' }).click();
    await expectShown(mine.getByText('No budget holds for this model'));
    await theirs.getByRole('button', { name: 'Change the budget' }).click();
    await expectShown(theirs.getByText('Somebody else deleted it'));
    await expectShown(theirs.getByText('No budget holds for this model'));
    expect(browser.faults()).toEqual([]);
  });

  it('shows nobody as signed in whose token was revoked meanwhile', async () => {
    const page = await browser.visit('/', { scopes: ['read'] });
    await expectShown(page.getByTitle('Signed in with the token'));
    const ids = await graphql<{ tokens: { nodes: { id: string; scopes: string[] }[] } }>(
      '{ tokens(first: 100) { nodes { id scopes } } }',
    );
    for (const { id, scopes } of ids.tokens.nodes) {
      if (!scopes.includes('ADMIN')) await graphql(`mutation { revokeToken(input: { id: "${id}" }) { token { id } } }`);
    }
    await page.getByRole('link', { name: 'Checks' }).click();
    await expectShown(page.getByText('Sign in to see this'));
    await expectShown(page.getByRole('banner').getByRole('link', { name: 'Sign in' }));
    expect(browser.faults()).toEqual([]);
  });
});

async function graphql<Data>(query: string): Promise<Data> {
  const response = await server.fetch('/graphql', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
  expect(errors).toBeUndefined();
  return data;
}
