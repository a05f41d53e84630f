import { setTimeout as wait } from 'node:timers/promises';
import type { Change, Comparison } from '../../src/core/comparison.js';
import { createComparisonCache } from '../../src/registry/comparison-cache.js';

/** Of a comparison only the number of changes matters here. */
function comparisonOf(changes: number): Comparison {
  return { changes: Array.from({ length: changes }, () => ({}) as Change) } as Comparison;
}

/** Counts how often each is made. */
function openCache(changesMax: number) {
  const cache = createComparisonCache(changesMax);
  const made: string[] = [];
  const ask = (key: string, changes: number, ready: Promise<unknown> = Promise.resolve()) =>
    cache.find(key, async () => {
      made.push(key);
      await ready;
      return comparisonOf(changes);
    });
  return { cache, made, ask };
}

test('a comparison is made once, also for those who ask while it is made', async () => {
  const { made, ask } = openCache(100);
  const [first, second] = await Promise.all([ask('a', 5), ask('a', 5)]);
  expect(second).toBe(first);
  expect(await ask('a', 5)).toBe(first);
  expect(made).toEqual(['a']);
});

test('what was asked for longest ago goes when there are too many changes', async () => {
  const { made, ask } = openCache(100);
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await ask(key, 40);
  expect(made).toEqual(['a', 'b', 'c', 'b']);
});

test('a comparison with more changes than are kept is answered, and made again', async () => {
  const { made, ask } = openCache(100);
  expect((await ask('large', 101)).changes).toHaveLength(101);
  expect((await ask('large', 101)).changes).toHaveLength(101);
  expect(made).toEqual(['large', 'large']);
});

test('a comparison that is pushed out while it is made is answered all the same', async () => {
  const { ask } = openCache(10);
  let finish = () => {};
  const slow = ask('slow', 5, new Promise<void>((resolve) => (finish = resolve)));
  for (const key of ['a', 'b', 'c', 'd']) await ask(key, 9);
  await wait(0);
  finish();
  expect((await slow).changes).toHaveLength(5);
});

test('a failure is told to who asked, and not kept', async () => {
  const { cache, ask } = openCache(100);
  await expect(cache.find('a', () => Promise.reject(new Error('no database')))).rejects.toThrow('no database');
  expect((await ask('a', 1)).changes).toHaveLength(1);
});
