/** The thread of comparing-thread.ts: reads two inspections from text, compares them, and holds what it found for the pages that follow. */
import { LRUCache } from 'lru-cache';
import { parentPort, workerData } from 'node:worker_threads';
import type { Change, Comparison } from '../../core/comparison.js';
import { compareInspections } from '../../core/drift/compare.js';
import { readTexts } from '../inspections/inspection-texts.js';
import { type CompareAnswer, type CompareRequest, type CompareSettings, sliceOf } from './comparing.js';

interface Held {
  head: Omit<Comparison, 'changes'>;
  changes: readonly Change[];
}

const { changesHeld } = workerData as CompareSettings;
const held = new LRUCache<string, Held>({ maxSize: changesHeld, sizeCalculation: ({ changes }) => changes.length + 1 });

parentPort!.on('message', (request: CompareRequest) => parentPort!.postMessage(answer(request)));

function answer({ key, sides, slice }: CompareRequest): CompareAnswer {
  const known = held.get(key) ?? (sides && compare(sides));
  if (!known) return null;
  held.set(key, known);
  const { head, changes } = known;
  return { head, count: changes.length, slice: slice ? sliceOf(changes, slice) : [] };
}

function compare({ base, compare, options }: NonNullable<CompareRequest['sides']>): Held {
  const { changes, ...head } = compareInspections(readTexts(base), readTexts(compare), options);
  return { head, changes };
}
