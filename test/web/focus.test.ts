/**
 * What is true of every page for who has no mouse: all that Tab reaches is seen to have the focus, in the order in which it is read. And
 * for who wants nothing to move: nothing does.
 */
import type { Page } from 'playwright-core';
import { describeInBrowser, openBrowser, type TestBrowser } from '../support/browser.js';
import { focusedElement, type Focused } from '../support/keyboard.js';
import { fillRegistry, PAGES } from '../support/pages.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let browser: TestBrowser;

/** No page has more. */
const MOST_STOPS = 300;

/** From the first link of the page with Tab, once through. */
async function allStops(page: Page): Promise<Focused[]> {
  await page.evaluate(`document.querySelector('.skip').focus()`);
  await page.keyboard.press('Tab'); // and back: what a script gives the focus has no ring after a click
  await page.keyboard.press('Shift+Tab');
  const stops: Focused[] = [];
  for (let stop = await focusedElement(page); stop !== null; stop = await focusedElement(page)) {
    stops.push(stop);
    if (stops.length > MOST_STOPS) throw new Error(`no end: ${stops.map(({ name }) => name).join(', ')}`);
    await page.keyboard.press('Tab');
  }
  return stops;
}

function isBackwards({ box: from, scrolled }: Focused, { box: to, scrolled: scrolledThen }: Focused): boolean {
  if (scrolled !== scrolledThen) return false;
  const isSameLine = to.top < from.bottom && from.top < to.bottom;
  return isSameLine ? to.right <= from.left : to.bottom <= from.top && to.left <= from.left;
}

async function stopFaults(page: Page): Promise<string[]> {
  const stops = await allStops(page);
  expect(stops.length).toBeGreaterThan(10);
  const unseen = stops.flatMap(({ name, faults }) => faults.map((fault) => `${name} ${fault}`));
  const backwards = stops.flatMap((stop, index) => {
    const before = stops[index - 1];
    return before !== undefined && isBackwards(before, stop) ? [`${stop.name} comes after ${before.name}`] : [];
  });
  return [...unseen, ...backwards];
}

/** Elements that take a moment to look as they should, with what of theirs moves. */
const MOVING = `(() => {
  const lasts = (durations) => durations.split(',').some((one) => parseFloat(one) > 0.001);
  return [...document.querySelectorAll('*')].flatMap((element) =>
    [null, '::before', '::after'].flatMap((part) => {
      const style = getComputedStyle(element, part);
      const isAnimated = style.animationName !== 'none' && lasts(style.animationDuration);
      return isAnimated || lasts(style.transitionDuration) || style.scrollBehavior === 'smooth'
        ? [element.localName + '.' + element.className + (part ?? '')] : [];
    }));
})()`;

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
    '%s: focus is seen and goes on, light and wide, dark and narrow; nothing moves for who wants that',
    async (_name, { address, ready }) => {
      const page = await browser.visit(address, { scopes: ['read', 'publish', 'approve', 'admin'] });
      await ready(page);
      expect(await stopFaults(page)).toEqual([]);
      await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
      await page.setViewportSize({ width: 390, height: 844 });
      expect(await stopFaults(page)).toEqual([]);
      expect(await page.evaluate(MOVING)).toEqual([]);
    },
  );
});
