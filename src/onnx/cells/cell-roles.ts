/** From the uses of cells to the cells: uses of the same matrices are one, and what each matrix takes says what it is. */
import type { DecomposedCell, DecomposedTensor } from '../../core/inspection.js';
import { workOfCell } from '../../core/layer/estimate.js';
import { GATES } from '../../core/layer/formula.js';
import type { CellMatrix, WeighedCell } from './cell-weights.js';
import type { Flow, StoredValue } from '../values/flow.js';
import type { Definition } from '../graph/graph.js';
import { nextState } from '../values/loops.js';

export interface CellUse {
  weighed: WeighedCell;
  /** Of the node that makes the state. */
  path: string;
}

type Role = 'W' | 'R' | 'WR';

/** Uses of a cell that are kept whole: what a matrix takes can be told from any two that follow each other. */
const MAX_KEPT_USES = 8;

/** Uses of the same matrices. */
interface Group {
  uses: CellUse[];
  count: number;
}

/** Gathers uses as they are found. */
export class CellUses {
  readonly #groups = new Map<string, Group>();

  add(use: CellUse): void {
    const { cell, matrices } = use.weighed;
    const key = [cell, ...matrices.map(({ weight }) => weight.key).sort()].join('\n');
    const group = this.#groups.get(key);
    if (!group) this.#groups.set(key, { uses: [use], count: 1 });
    else {
      group.count += 1;
      if (group.uses.length < MAX_KEPT_USES) group.uses.push(use);
    }
  }

  /** In the order of their first uses. */
  cells(flow: Flow): DecomposedCell[] {
    const described = [...this.#groups.values()].map((group) => ({ group, ...describe(flow, group) }));
    const byMatrix = new Map<string, DecomposedCell>();
    for (const { group, cell, isWhole } of described) {
      if (cell && isWhole) for (const key of matrixKeys(group)) byMatrix.set(key, cell);
    }
    // A first step whose state is zero may have lost its product with R: it is a use of the cell that has the rest.
    return described.flatMap(({ group, cell, isWhole }) => {
      const [owner, ...others] = isWhole ? [] : matrixKeys(group).map((key) => byMatrix.get(key));
      if (!owner || others.some((other) => other !== owner)) return cell ?? [];
      owner.repetitions += group.count;
      return [];
    });
  }
}

function matrixKeys({ uses }: Group): string[] {
  const { cell, matrices } = uses[0]!.weighed;
  return matrices.map(({ weight }) => `${cell} ${weight.key}`);
}

function describe(flow: Flow, { uses, count }: Group): { cell: DecomposedCell | null; isWhole: boolean } {
  const made = new Set(uses.map(({ weighed }) => weighed.made));
  const traced = uses.find(({ weighed }) => weighed.matrices.some((matrix) => takesState(flow, weighed, matrix, made)));
  const { weighed } = traced ?? uses[0]!;
  const { hiddenSize: n, matrices } = weighed;
  const reasons = weighed.odd.length > 0 ? [`the gates are made with ${[...new Set(weighed.odd)].join(', ')}`] : [];
  const roles = new Map<CellMatrix, Role>();
  for (const matrix of matrices) {
    const takes = traced !== undefined && takesState(flow, weighed, matrix, made);
    roles.set(matrix, takes ? (matrix.data === takes ? 'R' : 'WR') : 'W');
  }
  if (!traced && weighed.cell === 'LSTM') rolesByShape(flow, weighed, roles, reasons);

  const isWhole = [...roles.values()].some((role) => role !== 'W');
  const perGate = GATES[weighed.cell].map((_, gate) => {
    const own = matrices.filter((matrix) => matrix.gates.has(gate));
    const sum = (...wanted: Role[]) =>
      own.reduce((total, matrix) => total + (wanted.includes(roles.get(matrix)!) ? matrix.from : 0), 0);
    const joined = sum('WR');
    return { m: sum('W') + (joined > 0 ? joined - n : 0), state: joined > 0 ? sum('R') + n : sum('R') };
  });
  const { m, state } = perGate[0]!;
  if (m < 1) return { cell: null, isWhole };
  if (!isWhole) {
    if (weighed.cell === 'GRU') return { cell: null, isWhole };
    reasons.push('no matrix can be identified as the one that takes the last state');
  } else if (state !== n) reasons.push(`R takes ${state} features where the state has ${n}`);
  if (perGate.some((gate) => gate.m !== m || gate.state !== state))
    reasons.push('its gates are fed by different sizes');

  const tensors = [
    ...matrices.map((matrix) => tensorOf(roles.get(matrix)!, matrix.weight)),
    ...weighed.biases.map((bias) => tensorOf('B', bias)),
    ...weighed.peepholes.map((peephole) => tensorOf('P', peephole)),
  ].sort((a, b) => ROLE_ORDER.indexOf(a.role) - ROLE_ORDER.indexOf(b.role));
  const params = tensors.reduce((sum, tensor) => sum + tensor.elements, 0);
  if (!Number.isSafeInteger(params)) return { cell: null, isWhole };
  const cell: DecomposedCell = {
    kind: 'DECOMPOSED',
    cell: weighed.cell,
    path: uses[0]!.path,
    inputSize: m,
    hiddenSize: n,
    params,
    repetitions: count,
    confidence: reasons.length > 0 ? 'LIKELY' : 'CERTAIN',
    reason: reasons.length > 0 ? reasons.join('; ') : null,
    tensors,
    ...workOfCell({ cell: weighed.cell, inputSize: m, hiddenSize: n, tensors }),
  };
  return { cell, isWhole };
}

const ROLE_ORDER: readonly DecomposedTensor['role'][] = ['W', 'R', 'WR', 'B', 'P'];

function tensorOf(role: DecomposedTensor['role'], { name, dims, elements }: StoredValue): DecomposedTensor {
  return { role, tensor: name, dims, elements };
}

/** The value among what a matrix takes that is the state of the step before; null for none that can be told. */
function takesState(
  flow: Flow,
  { states, cell }: WeighedCell,
  { data, parts }: CellMatrix,
  made: ReadonlySet<Definition>,
): Definition | null {
  const isState = (value: Definition) => {
    if (states.has(value) || made.has(value)) return true;
    if (cell === 'GRU') return [...states].some((state) => flow.isStored(state)) && flow.isStored(value);
    const next = value.kind === 'input' ? nextState(value) : null;
    return next !== null && made.has(flow.root(next));
  };
  return [data, ...parts].find(isState) ?? null;
}

/** Where the state comes from outside and nothing tells which value it is, its size does. */
function rolesByShape(flow: Flow, weighed: WeighedCell, roles: Map<CellMatrix, Role>, reasons: string[]): void {
  const { matrices, hiddenSize: n, c } = weighed;
  const all = new Set(matrices.map(({ data }) => data));
  const joined = matrices.every(({ parts, from }) => parts.length > 1 && from > n);
  if (joined && matrices.reduce((uses, { gates }) => uses + gates.size, 0) === GATES[weighed.cell].length) {
    for (const matrix of matrices) roles.set(matrix, 'WR');
    const fits = (part: Definition) => flow.isStored(part) || lastDim(flow, part) === n || sharesSource(flow, part, c);
    if (!matrices.every(({ parts }) => parts.some(fits))) {
      reasons.push('which part of the joined input is the state cannot be determined');
    }
    return;
  }
  let fitting = [...all].filter((data) => matrices.every((each) => each.data !== data || each.from === n));
  const certain = fitting.filter((data) => flow.isStored(data) || sharesSource(flow, data, c));
  if (certain.length === 1) fitting = certain;
  const state = fitting.at(-1);
  if (!state) return;
  if (fitting.length > 1) reasons.push('W and R have one size, and which of them takes the state cannot be determined');
  for (const matrix of matrices) if (matrix.data === state) roles.set(matrix, 'R');
}

/** Whether a value and the cell state are two pieces of one tensor, as models keep both states together. */
function sharesSource(flow: Flow, value: Definition, c: Definition | null): boolean {
  if (!c || value === c) return false;
  const [whole, other] = [flow.whole(value), flow.whole(c)];
  return whole === other && whole !== value && other !== c;
}

function lastDim(flow: Flow, value: Definition): number | undefined {
  return flow.folding.known(value)?.dims.at(-1);
}
