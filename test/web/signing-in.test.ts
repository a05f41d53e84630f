/** Signing in and out in a browser: by the link of the start line and by a token; what stays behind, and what is said when it fails. */
import { describeInBrowser, expectShown, openBrowser, type TestBrowser } from '../support/browser.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let browser: TestBrowser;

describeInBrowser('signing in', () => {
  beforeAll(async () => {
    server = await startTestServer();
    browser = await openBrowser(server);
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });
  afterEach(() => expect(browser.faults()).toEqual([]));

  it('by the link of the start line works once, and leaves no code in the address', async () => {
    const link = await server.signInLink();
    const page = await browser.visit(link);
    await expectShown(page.getByRole('heading', { name: 'Registry' }));
    expect(new URL(page.url()).pathname).toBe('/');
    await page.goBack();
    expect(page.url()).not.toContain('#');

    const second = await browser.visit(link);
    await expectShown(second.getByText('This did not sign in.'));
    expect(second.url()).toBe(`${server.url}/sign-in`);
  });

  it('with a token goes on where one was, and ends by signing out', async () => {
    const page = await browser.visit('/models/none?tab=1');
    await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
    await page.getByLabel('Token').fill(await server.token(['read'], 'speech-*'));
    await page.keyboard.press('Enter');
    await expectShown(page.getByText('No such model'));
    expect(page.url()).toBe(`${server.url}/models/none?tab=1`);

    await page.getByTitle('Signed in with the token').click();
    await expectShown(page.getByText('speech-*'));
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expectShown(page.getByText('Sign in to see this'));
  });

  it('keeps nothing that a script could read', async () => {
    const token = await server.token(['read']);
    const page = await browser.visit('/sign-in');
    await page.getByLabel('Token').fill(token);
    await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
    await expectShown(page.getByRole('heading', { name: 'Registry' }));
    const kept = await page.evaluate<string>(
      'JSON.stringify([document.cookie, localStorage, sessionStorage, history.state, document.documentElement.outerHTML])',
    );
    expect(kept).not.toContain(token);
    expect(kept).not.toContain('wbs_');
    const cookies = await page.context().cookies();
    expect(cookies).toMatchObject([{ name: 'weighbridge_session', httpOnly: true, sameSite: 'Strict' }]);
  });

  it('with a wrong token says what to do', async () => {
    const page = await browser.visit('/sign-in');
    await page.getByLabel('Token').fill('wbr_wrong');
    await page.keyboard.press('Enter');
    expect(await page.getByRole('alert').innerText()).toMatch(/did not sign in.*Paste a valid\s+token/s);
  });

  it('leads to no other site', async () => {
    const page = await browser.visit('/sign-in?next=//evil.example/');
    await page.getByLabel('Token').fill(await server.token(['read']));
    await page.keyboard.press('Enter');
    await expectShown(page.getByRole('heading', { name: 'Registry' }));
    expect(page.url()).toBe(`${server.url}/`);
  });
});
