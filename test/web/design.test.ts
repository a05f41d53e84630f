/**
 * The look of what pages are made of (docs/design.md), on the page that shows them all: boxes and colours of chosen elements, as two themes,
 * three heights of rows and two widths show them. Pictures would differ with the fonts and the browser of the machine.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Page } from 'playwright-core';
import {
  accessibilityFaults,
  describeInBrowser,
  isWiderThanScreen,
  openBrowser,
  type TestBrowser,
} from '../support/browser.js';

const STYLES = 'src/web/style';

describe('the styles', () => {
  it('name colours in tokens.css alone', () => {
    const others = readdirSync(STYLES).filter((file) => file.endsWith('.css') && file !== 'tokens.css');
    expect(others.length).toBeGreaterThan(3);
    const colours = others.flatMap(
      (file) => readFileSync(`${STYLES}/${file}`, 'utf8').match(/#[0-9a-f]{3,8}\b/gi) ?? [],
    );
    expect(colours).toEqual([]);
  });

  it('use no token that is not there, and no token is there for nothing', () => {
    const texts = readdirSync(STYLES)
      .filter((file) => file.endsWith('.css'))
      .map((file) => readFileSync(`${STYLES}/${file}`, 'utf8'));
    const found = (pattern: RegExp) =>
      new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map(([, name]) => name)));
    const ofCanvas = [...readFileSync('src/web/model/trend-plot.tsx', 'utf8').matchAll(/colour\('([\w-]+)'\)/g)];
    const used = new Set([...found(/var\(--([\w-]+)/g), ...ofCanvas.map(([, name]) => name)]);
    // GraphiQL has tokens of its own.
    const named = new Set([...found(/^\s*--([\w-]+):/gm)].filter((name) => !name?.startsWith('color-')));
    expect([...used].filter((name) => !named.has(name))).toEqual([]);
    expect([...named].filter((name) => !used.has(name))).toEqual([]);
  });

  it('have fonts of at most 60 kB, each with its licence beside it', () => {
    const files = readdirSync(`${STYLES}/fonts`);
    const fonts = files.filter((file) => file.endsWith('.woff2'));
    expect(fonts).toHaveLength(2);
    for (const font of fonts) {
      expect(readFileSync(`${STYLES}/fonts/${font}`).length).toBeLessThan(60_000);
      const licence = files.find(
        (file) => file.endsWith('-LICENSE.txt') && font.startsWith(file.replace('-LICENSE.txt', '')),
      );
      expect(readFileSync(`${STYLES}/fonts/${licence ?? ''}`, 'utf8')).toContain('SIL Open Font License, Version 1.1');
    }
  });
});

/** Of the first element that fits: what the browser makes of its style. */
const styleOf = (page: Page, selector: string, property: string) =>
  page.evaluate<string>(
    `getComputedStyle(document.querySelector(${JSON.stringify(selector)})).getPropertyValue('${property}')`,
  );

const heightOf = async (page: Page, selector: string) => (await page.locator(selector).first().boundingBox())?.height;

/** Words smaller than 12 pixels that are seen. */
const SMALL_WORDS = `[...document.querySelectorAll('body *')].filter((element) =>
  [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '') &&
  !element.closest('.left-out, .sign') && parseFloat(getComputedStyle(element).fontSize) < 12).map(({ outerHTML }) => outerHTML)`;

/** What can be pressed and is less than 24 pixels high; a link in a line of words may be. */
const SMALL_TARGETS = `[...document.querySelectorAll('button:not(.link), .button, input, select, summary')]
  .filter((element) => element.getClientRects().length > 0 && !element.closest('label') && element.getBoundingClientRect().height < 24)
  .map(({ outerHTML }) => outerHTML)`;

describeInBrowser('the page that shows what pages are made of', () => {
  let program: ChildProcess;
  let url: string;
  let browser: TestBrowser;
  beforeAll(async () => {
    program = spawn(process.execPath, ['scripts/design.mjs', '--port=0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    if (program.stdout === null) throw new Error('it has no output');
    [url] = (await once(createInterface(program.stdout), 'line')) as [string];
    browser = await openBrowser({ url: new URL(url).origin });
  });
  afterAll(async () => {
    await browser.close();
    const ended = once(program, 'exit');
    program.kill();
    await ended;
  });
  afterEach(() => expect(browser.faults()).toEqual([]));

  async function visit(options: { theme?: 'light' | 'dark'; width?: number }): Promise<Page> {
    const page = await browser.visit('/design', options);
    await page.getByRole('heading', { name: 'States' }).waitFor();
    await page.evaluate('document.fonts.ready');
    return page;
  }

  it('has each colour as a pair: marks, what can be pressed and pictures turn with the theme', async () => {
    const page = await visit({ theme: 'light' });
    const look = async () => ({
      page: await styleOf(page, 'html', 'background-color'),
      primary: await styleOf(page, 'button.primary', 'background-color'),
      good: await styleOf(page, '.badge.good', 'color'),
      bad: await styleOf(page, '.badge.bad', 'color'),
      doubt: await styleOf(page, '.badge.doubt', 'color'),
      growth: await styleOf(page, '.c-up', 'fill'),
      shrinkage: await styleOf(page, '.c-down', 'fill'),
    });
    const light = {
      page: 'rgb(255, 255, 255)',
      primary: 'rgb(10, 95, 125)',
      good: 'rgb(27, 110, 67)',
      bad: 'rgb(180, 35, 24)',
      doubt: 'rgb(91, 84, 112)',
      growth: 'rgb(168, 90, 16)',
      shrinkage: 'rgb(35, 116, 143)',
    };
    const dark = {
      page: 'rgb(16, 19, 23)',
      primary: 'rgb(98, 191, 221)',
      good: 'rgb(108, 203, 150)',
      bad: 'rgb(255, 138, 125)',
      doubt: 'rgb(179, 171, 207)',
      growth: 'rgb(224, 151, 79)',
      shrinkage: 'rgb(94, 179, 209)',
    };
    expect(await look()).toEqual(light);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await look()).toEqual(dark);
    // The choice goes before the system; paper is light whatever was chosen.
    await page.getByRole('button', { name: /^Theme/ }).click();
    expect(await look()).toEqual(light);
    await page.getByRole('button', { name: /^Theme/ }).click();
    await page.emulateMedia({ colorScheme: 'light' });
    expect(await look()).toEqual(dark);
    await page.emulateMedia({ media: 'print' });
    expect(await look()).toEqual(light);
    expect(await page.locator('.bar, button.primary').filter({ visible: true }).count()).toBe(0);
    expect(await page.locator('.badge.bad').first().isVisible()).toBe(true);
  });

  it('has rows of one line, as high as the setting says', async () => {
    const page = await visit({});
    const rows = async () => {
      const boxes = await Promise.all(
        (await page.locator('.list.lines tbody tr').all()).map((row) => row.boundingBox()),
      );
      return boxes.map((box) => Math.round(box?.height ?? 0));
    };
    const button = page.getByRole('button', { name: /^Rows/ });
    expect(await rows()).toEqual([32, 32, 32]);
    await button.click();
    expect(await rows()).toEqual([40, 40, 40]);
    expect(await heightOf(page, 'button.primary')).toBe(36);
    await button.click();
    expect(await rows()).toEqual([28, 28, 28]);
    await button.click();
    expect(await heightOf(page, 'button.primary')).toBe(30);
  });

  it('is set in its own faces, no smaller than 12 pixels, with targets of 24 at least, wide and narrow', async () => {
    for (const width of [1280, 390]) {
      const page = await visit({ width });
      expect(
        await page.evaluate(
          `[...document.fonts].filter(({ status }) => status === 'loaded').map(({ family }) => family.replaceAll('"', '')).sort()`,
        ),
      ).toEqual(['Inter', 'JetBrains Mono']);
      expect(await page.evaluate(SMALL_WORDS)).toEqual([]);
      expect(await page.evaluate(SMALL_TARGETS)).toEqual([]);
      expect(await isWiderThanScreen(page)).toBe(false);
      expect(await accessibilityFaults(page)).toEqual([]);
    }
  });

  it('keeps solid red for the dialog that asks', async () => {
    const page = await visit({});
    expect(await styleOf(page, 'button.danger', 'background-color')).toBe('rgb(255, 255, 255)');
    await page.getByRole('button', { name: 'Delete…' }).click();
    expect(await styleOf(page, 'dialog button.danger', 'background-color')).toBe('rgb(180, 35, 24)');
  });
});
