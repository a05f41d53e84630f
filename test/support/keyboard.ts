/** A page by key presses alone: going to something with Tab, and what has the focus. */
import type { Locator, Page } from 'playwright-core';

/** No page has more places where Tab stops. */
const MOST_STOPS = 150;

/** Presses Tab (or Shift+Tab) until the target has the focus; if it never has, says what had. */
export async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  await target.first().waitFor({ state: 'attached' });
  const focused = target.and(page.locator(':focus'));
  const passed: string[] = [];
  while ((await focused.count()) === 0) {
    if (passed.length === MOST_STOPS) throw new Error(`${String(target)} is not reached:\n${passed.join('\n')}`);
    await page.keyboard.press(key);
    passed.push((await focusedElement(page))?.name ?? 'nothing');
  }
}

/** Goes to a button or link and presses it. */
export async function pressOn(page: Page, target: Locator, key = 'Enter'): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press(key);
}

/** Goes to a field and types over what is in it. */
export async function typeInto(page: Page, field: Locator, text: string): Promise<void> {
  await tabTo(page, field);
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
}

/** Goes to a list of choices and types until the browser has found one, as it does for a list that is closed. */
export async function chooseIn(page: Page, list: Locator, beginning: string): Promise<void> {
  await tabTo(page, list);
  await page.keyboard.type(beginning);
}

/** It has the focus, at once or soon. */
export async function expectFocus(page: Page, target: Locator): Promise<void> {
  await target.and(page.locator(':focus')).waitFor({ state: 'attached' });
}

export interface Focused {
  name: string;
  /** Where it lies on the page, in CSS pixels. */
  box: { top: number; bottom: number; left: number; right: number };
  /** By how much boxes around it are scrolled to the side: what lies in one cannot be held against what lies outside. */
  scrolled: number;
  /** Why who looks at the page does not see that it has the focus; empty when it is seen. */
  faults: string[];
}

/** Null when nothing has the focus but the page as a whole. */
export function focusedElement(page: Page): Promise<Focused | null> {
  return page.evaluate<Focused | null>(DESCRIBE_FOCUSED);
}

/**
 * The ring of the focused element: there, at least 2 pixels thick, 3 to 1 against what it lies on, not cut off by a box that scrolls
 * (but for one side), not outside the screen, not below something else. A field that is unseen may have the ring at its label.
 */
const DESCRIBE_FOCUSED = `(() => {
  const focused = document.activeElement;
  if (focused === null || focused === document.body) return null;
  const clipped = (element) => getComputedStyle(element).clipPath !== 'none';
  const element = clipped(focused) ? (focused.closest('label') ?? focused) : focused;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const faults = [];

  const channels = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = channels(colour).slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const ground = (start) => {
    for (let at = start; at !== null; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if ((channels(colour)[3] ?? 1) === 1) return colour;
    }
    return 'rgb(255, 255, 255)';
  };

  const thickness = parseFloat(style.outlineWidth);
  const offset = parseFloat(style.outlineOffset);
  const isRing = style.outlineStyle !== 'none' && thickness >= 2;
  if (!isRing) faults.push('has no ring: ' + style.outline);
  else {
    const lies = offset < 0 ? ground(element) : ground(element.parentElement);
    const ratio = contrast(style.outlineColor, lies);
    if (ratio < 3) faults.push('its ring has ' + ratio.toFixed(1) + ' to 1');
    const room = Math.max(0, thickness + offset);
    for (let at = element.parentElement; at !== null && at !== document.body; at = at.parentElement) {
      if (getComputedStyle(at).overflow === 'visible') continue;
      const frame = at.getBoundingClientRect();
      const cut = [frame.top - box.top + room, box.bottom + room - frame.bottom, frame.left - box.left + room, box.right + room - frame.right];
      const sides = ['top', 'bottom', 'left', 'right'].filter((_, side) => cut[side] > 0.6);
      if (sides.length > 1) faults.push('its ring is cut off at ' + sides.join(', ') + ' by ' + (at.className || at.tagName));
    }
  }

  if (box.width === 0 || box.height === 0) faults.push('has no size');
  const inside = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
  if (!inside) faults.push('is outside the screen');
  const [x, y] = [
    (Math.max(0, box.left) + Math.min(innerWidth, box.right)) / 2,
    (Math.max(0, box.top) + Math.min(innerHeight, box.bottom)) / 2,
  ];
  const above = document.elementFromPoint(x, y);
  const isCovered = above !== null && !element.contains(above) && !above.contains(element);
  if (inside && isCovered) faults.push('lies below ' + above.tagName + '.' + above.className);
  if (focused.tabIndex > 0) faults.push('has a tabindex of ' + focused.tabIndex);

  const text = focused.getAttribute('aria-label') ?? focused.labels?.[0]?.innerText ?? focused.innerText ?? '';
  const name = (focused.localName + ' ' + text.replace(/\\s+/g, ' ').trim()).slice(0, 70);
  let scrolled = 0;
  for (let at = element.parentElement; at !== null; at = at.parentElement) scrolled += at.scrollLeft;
  const place = { top: box.top + scrollY, bottom: box.bottom + scrollY, left: box.left, right: box.right };
  return { name, box: place, scrolled, faults };
})()`;
