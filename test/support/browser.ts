/**
 * The pages as people use them: the machine's own browser before a real server. Notes what a page must never do, whatever a test looks
 * at: ask another origin, break the policy, fail, open a dialog.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type BrowserContext, type Locator, type Page } from 'playwright-core';
import type { Scope } from '../../src/core/principal.js';
import type { TestServer } from './server.js';

const program = process.env['TEST_BROWSER'];

/** Skipped where the machine has no browser; test/global-setup.mjs says so, and how to get one. */
export const describeInBrowser = program === undefined ? describe.skip : describe;

interface VisitOptions {
  /** Signed in with a token that has these scopes; without them nobody is. */
  scopes?: Scope[];
  theme?: 'light' | 'dark';
  /** In CSS pixels; default 1280. */
  width?: number;
}

export interface TestBrowser {
  /** A page in a browser profile of its own, at an address of the server. */
  visit(address: string, options?: VisitOptions): Promise<Page>;
  /** What pages did that they must not, since the last call. */
  faults(): string[];
  close(): Promise<void>;
}

/** What gives out no tokens has no pages to sign in to. */
type Visited = Pick<TestServer, 'url'> & Partial<Pick<TestServer, 'token'>>;

/** A page that does not show in this time what a test waits for has failed. */
const PATIENCE_MS = 30_000;

export async function openBrowser(server: Visited): Promise<TestBrowser> {
  const browser: Browser = await chromium.launch({ executablePath: program ?? '' });
  const faults: string[] = [];
  return {
    async visit(address, { scopes, theme = 'light', width = 1280 } = {}) {
      const context = await browser.newContext({ colorScheme: theme, viewport: { width, height: 844 } });
      context.setDefaultTimeout(PATIENCE_MS);
      watch(context, server.url, faults);
      if (scopes !== undefined) await signIn(context, server, scopes);
      const page = await context.newPage();
      await page.goto(address.startsWith('/') ? server.url + address : address);
      return page;
    },
    faults: () => faults.splice(0),
    close: () => browser.close(),
  };
}

/** As the page for it does, without the page. */
async function signIn(context: BrowserContext, server: Visited, scopes: Scope[]): Promise<void> {
  if (server.token === undefined) throw new Error('nobody can sign in here');
  const token = await server.token(scopes);
  const headers = { 'X-Weighbridge-Page': '1' };
  const response = await context.request.post(`${server.url}/session`, { headers, data: { token } });
  if (!response.ok()) throw new Error(`signing in was answered with ${response.status()}`);
}

const SAY_VIOLATIONS = `addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) => {
  console.error('policy broken:', violatedDirective, blockedURI, sourceFile);
});`;

function watch(context: BrowserContext, origin: string, faults: string[]): void {
  void context.addInitScript(SAY_VIOLATIONS);
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && !['data:', 'blob:'].includes(url.protocol)) faults.push(`asked ${request.url()}`);
  });
  context.on('weberror', (error) => faults.push(`failed: ${error.error().message}`));
  context.on('dialog', (dialog) => {
    faults.push(`opened a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on('console', (message) => {
    // The browser says so of every answer over 399; which of them are right is for the test to say.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.push(message.text());
  });
}

/** It is there and can be seen, at once or soon. */
export async function expectShown(what: Locator): Promise<void> {
  await what.waitFor();
}

/** As from a folder, onto the page. */
export async function dropFiles(page: Page, files: { name: string; bytes: Uint8Array }[]): Promise<void> {
  const encoded = files.map(({ name, bytes }) => [name, Buffer.from(bytes).toString('base64')]);
  await page.evaluate(`{
    const dataTransfer = new DataTransfer();
    for (const [name, text] of ${JSON.stringify(encoded)})
      dataTransfer.items.add(new File([Uint8Array.from(atob(text), (one) => one.charCodeAt(0))], name));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  }`);
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds, one line a rule and element; empty when it finds nothing. `except` is a selector of what is not ours. */
export async function accessibilityFaults(page: Page, except = 'none'): Promise<string[]> {
  await page.evaluate(axe);
  const where = JSON.stringify({ include: ['html'], exclude: [except] });
  return page.evaluate<string[]>(`axe.run(${where}, { resultTypes: ['violations'] }).then(({ violations }) =>
    violations.flatMap(({ id, help, nodes }) => nodes.map(({ target }) => id + ': ' + help + ': ' + target.join(' '))))`);
}

/** Whether something sticks out at the side, so that the whole page would have to be moved to read it. */
export function isWiderThanScreen(page: Page): Promise<boolean> {
  return page.evaluate<boolean>('document.documentElement.scrollWidth > document.documentElement.clientWidth');
}
