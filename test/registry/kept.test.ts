import { setTimeout as wait } from 'node:timers/promises';
import type { ComparableInspection } from '../../src/core/comparison.js';
import type { HeldComparison } from '../../src/registry/kept.js';
import { createKept } from '../../src/registry/kept.js';

/** Of a comparison only the number of changes matters here. */
function comparisonOf(changes: number): HeldComparison {
  return { changes: { count: changes, heldHere: changes } } as HeldComparison;
}

/** Counts how often each is made. */
function openCache(changesMax: number) {
  const cache = createKept({ changesMax }).comparisons;
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
  expect((await ask('large', 101)).changes.count).toBe(101);
  expect((await ask('large', 101)).changes.count).toBe(101);
  expect(made).toEqual(['large', 'large']);
});

test('a comparison that is pushed out while it is made is answered all the same', async () => {
  const { ask } = openCache(10);
  let finish = () => {};
  const slow = ask('slow', 5, new Promise<void>((resolve) => (finish = resolve)));
  for (const key of ['a', 'b', 'c', 'd']) await ask(key, 9);
  await wait(0);
  finish();
  expect((await slow).changes.count).toBe(5);
});

test('a failure is told to who asked, and not kept', async () => {
  const { cache, ask } = openCache(100);
  await expect(cache.find('a', () => Promise.reject(new Error('no database')))).rejects.toThrow('no database');
  expect((await ask('a', 1)).changes.count).toBe(1);
});

describe('inspections', () => {
  /** Of an inspection only the number of its parts matters here. */
  function inspectionOf(parts: number): ComparableInspection {
    const tensors = Array.from({ length: parts }, () => ({}));
    return { recurrentNodes: [], decomposedCells: [], tensors } as unknown as ComparableInspection;
  }

  /** Notes which are read; each is there with so many parts, or not at all. */
  function openInspections(partsMax: number, there: Record<string, number>) {
    const { inspections } = createKept({ partsMax });
    const read: string[] = [];
    const ask = async (...ids: string[]) => {
      const found = await inspections.find(ids, (missing) => {
        read.push(missing.join(' '));
        const known = missing.filter((id) => id in there);
        return Promise.resolve(new Map(known.map((id) => [id, inspectionOf(there[id] ?? 0)])));
      });
      return [...found.keys()].sort();
    };
    return { inspections, read, ask };
  }

  test('are read together, and only those that are not kept', async () => {
    const { read, ask } = openInspections(100, { a: 5, b: 5, c: 5 });
    expect(await ask('a', 'b')).toEqual(['a', 'b']);
    expect(await ask('b', 'c')).toEqual(['b', 'c']);
    expect(await ask('a', 'b', 'c')).toEqual(['a', 'b', 'c']);
    expect(read).toEqual(['a b', 'c']);
  });

  test('that were asked for longest ago go when they have too many parts', async () => {
    const { read, ask } = openInspections(100, { a: 40, b: 40, c: 40 });
    for (const id of ['a', 'b', 'a', 'c', 'a', 'b']) await ask(id);
    expect(read).toEqual(['a', 'b', 'c', 'b']);
  });

  test('with more parts than are kept are answered, and read again', async () => {
    const { read, ask } = openInspections(100, { large: 101 });
    expect(await ask('large')).toEqual(['large']);
    expect(await ask('large')).toEqual(['large']);
    expect(read).toEqual(['large', 'large']);
  });

  test('that are not there are looked for again', async () => {
    const there: Record<string, number> = {};
    const { ask } = openInspections(100, there);
    expect(await ask('late')).toEqual([]);
    there.late = 1;
    expect(await ask('late')).toEqual(['late']);
  });

  test('that could not be read are not kept', async () => {
    const { inspections, ask } = openInspections(100, { a: 1 });
    await expect(inspections.find(['a'], () => Promise.reject(new Error('no database')))).rejects.toThrow(
      'no database',
    );
    expect(await ask('a')).toEqual(['a']);
  });
});
