/**
 * The learned params of a model without the zero halves of biases: the number that Keras prints. An element is left out where every bias that
 * takes it leaves it out, once however many do. What was not read is unknown: never takes a bias for one that has no zeros.
 */
import type { BiasConvention, WeightSource } from '../../core/inspection.js';
import type { ClassifiedTensor } from '../account/classes.js';
import type { Definition } from '../graph/graph.js';
import { isInteger } from '../read/dtypes.js';
import type { Zeros } from '../values/zeros.js';
import type { Leaf } from './weights.js';

/** The bias of a recurrent node. */
export interface WeighedBias {
  definition: Definition | null;
  source: WeightSource;
  leaves: readonly Leaf[];
  convention: BiasConvention;
  /** Which halves of its last axis carry nothing. */
  idle: { input: boolean; recurrent: boolean };
  dims: readonly number[] | null;
}

/** From and up to, in order and apart. */
type Runs = [number, number][];

/** Halves are whole runs; what is scattered wider than that is no bias that an exporter writes. */
const MAX_RUNS = 1_000;

/** How many of the learned params carry nothing; null where that cannot be told. */
export function idleParams(
  stored: readonly ClassifiedTensor[],
  biases: readonly WeighedBias[],
  zeros: Zeros,
): number | null {
  const learned = new Map<unknown, ClassifiedTensor>();
  for (const tensor of stored) if (tensor.params !== 0) learned.set(tensor.source, tensor);
  if (biases.some((bias) => mayHideZeros(bias, learned))) return null;
  const withIdle = biases.filter(({ idle }) => idle.input || idle.recurrent);
  const keys = new Set(withIdle.flatMap(({ leaves }) => leaves.map(({ key }) => key)));
  const [idle, used] = [new Map<unknown, Runs>(), new Map<unknown, Runs>()];
  const traced = new Set<string>();
  const numbers = new Map<Definition, number>();
  for (const { definition, idle: halves, dims, leaves } of biases) {
    if (definition === null || !leaves.some(({ key }) => keys.has(key))) continue;
    if (!numbers.has(definition)) numbers.set(definition, numbers.size);
    const asked = JSON.stringify([numbers.get(definition), halves]);
    if (traced.has(asked)) continue;
    traced.add(asked);
    const { carried, left } = placesOf(dims ?? [], halves);
    for (const [places, into] of [[left, idle] as const, [carried, used] as const]) {
      if (places.length > 0 && !zeros.trace(definition, places, (key, own) => add(into, key, own))) return null;
    }
  }
  let sum = 0;
  for (const [key, runs] of idle) {
    const tensor = learned.get(key);
    const others = used.get(key) ?? [];
    // What removing duplicates made one with the bias of another layer is a bias there.
    if (tensor === undefined || (tensor.isCalculated && !isInteger(tensor.dataType))) continue;
    // Packed params have no places of their own.
    if (tensor.params !== tensor.elements || Math.max(runs.length, others.length) > MAX_RUNS) return null;
    sum += lengthOf(runs) - (lengthOf(runs) + lengthOf(others) - lengthOf(joined([...runs, ...others])));
  }
  return sum;
}

/** Whether zeros that were not read, or not found, may be learned params. */
function mayHideZeros({ convention, source, leaves }: WeighedBias, learned: ReadonlyMap<unknown, unknown>): boolean {
  if (convention !== 'UNKNOWN' || source === 'GRAPH_INPUT') return false;
  const isStored = source === 'INITIALIZER' || source === 'SPARSE_INITIALIZER' || source === 'CONSTANT';
  return !isStored || leaves.some(({ key }) => learned.has(key));
}

/** By halves of the last axis. */
function placesOf(dims: readonly number[], idle: WeighedBias['idle']) {
  const width = dims.at(-1) ?? 0;
  const size = dims.reduce((product, dim) => product * dim, 1);
  const [left, carried]: [number[], number[]] = [[], []];
  for (let place = 0; place < size; place += 1) {
    const isIdle = place % width < width / 2 ? idle.input : idle.recurrent;
    (isIdle ? left : carried).push(place);
  }
  return { left: Float64Array.from(left), carried: Float64Array.from(carried) };
}

/** Once there are too many, no more are kept: what is then known is that there are too many. */
function add(into: Map<unknown, Runs>, key: unknown, places: Float64Array): void {
  const known = into.get(key) ?? [];
  if (known.length <= MAX_RUNS) into.set(key, joined([...known, ...runsIn(places)]));
}

function runsIn(places: Float64Array): Runs {
  const runs: Runs = [];
  for (const place of places.slice().sort()) {
    const last = runs.at(-1);
    if (last !== undefined && place <= last[1]) last[1] = Math.max(last[1], place + 1);
    else if (runs.length > MAX_RUNS) break;
    else runs.push([place, place + 1]);
  }
  return runs;
}

function joined(runs: Runs): Runs {
  const all: Runs = [];
  for (const [from, to] of [...runs].sort((a, b) => a[0] - b[0])) {
    const last = all.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else all.push([from, to]);
  }
  return all;
}

function lengthOf(runs: Runs): number {
  return runs.reduce((sum, [from, to]) => sum + to - from, 0);
}
