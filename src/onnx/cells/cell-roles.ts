/** From the uses of cells to the cells: uses of the same matrices are one, and what each matrix takes says what it is. */
import type { DecomposedCell, DecomposedTensor } from '../../core/inspection.js';
import { workOfCell } from '../../core/layer/estimate.js';
import { GATES } from '../../core/layer/formula.js';
import type { CellMatrix, WeighedCell } from './cell-weights.js';
import { definitionOf, type Flow, type StoredValue } from '../values/flow.js';
import type { MatrixProduct, Preactivations } from './preactivation.js';
import { addCellStates, type CellStates, type StateParts } from './cell-states.js';
import type { Definition } from '../graph/graph.js';
import { nextState } from '../values/loops.js';

export interface CellUse {
  weighed: WeighedCell;
  /** Of the node that makes the state. */
  path: string;
}

type Role = 'W' | 'R' | 'WR';

interface Needs {
  flow: Flow;
  sums: Preactivations;
}

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
  /** Whether not all of the model was looked at. */
  isCut = false;

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

  /** In the order of their first uses. `unclear` are the graph paths of cells whose tensors contradict every reading of their sizes. */
  cells(needs: Needs): { cells: DecomposedCell[]; unclear: string[]; cellStates: CellStates } {
    const described = [...this.#groups.values()].map((group) => ({ group, ...describe(needs, group) }));
    const byMatrix = new Map<string, DecomposedCell>();
    for (const { group, cell, isWhole } of described) {
      if (cell && isWhole) for (const key of matrixKeys(group)) byMatrix.set(key, cell);
    }
    const cells: DecomposedCell[] = [];
    const unclear: string[] = [];
    const cellStates: CellStates = new Map();
    for (const { group, cell, isWhole, isUnclear, stateParts } of described) {
      // A first step whose state is zero may have lost its product with R: it is a use of the cell that has the rest.
      const [owner, ...others] = isWhole ? [] : matrixKeys(group).map((key) => byMatrix.get(key));
      const isPart = owner !== undefined && others.every((other) => other === owner);
      if (isPart) owner.repetitions += group.count;
      else if (cell) cells.push(cell);
      else if (isUnclear) unclear.push(group.uses[0]!.path);
      if (!isPart && !cell) continue;
      for (const { weighed } of group.uses) addCellStates(cellStates, needs.flow, weighed, stateParts);
    }
    return { cells, unclear, cellStates };
  }
}

function matrixKeys({ uses }: Group): string[] {
  const { cell, matrices } = uses[0]!.weighed;
  return matrices.map(({ weight }) => `${cell} ${weight.key}`);
}

interface Described {
  cell: DecomposedCell | null;
  /** Whether a matrix takes the last state. */
  isWhole: boolean;
  /** Whether it is a cell for certain, and only its sizes are not. */
  isUnclear: boolean;
  stateParts: StateParts;
}

/** What the matrices of a cell are for; the projection is the one that makes the state that they take. */
interface Roles {
  byMatrix: Map<CellMatrix, Role>;
  /** By the matrix, where it takes more than the state: the part that is the state. */
  part: Map<CellMatrix, number>;
  projection: MatrixProduct | null;
}

function describe(needs: Needs, { uses, count }: Group): Described {
  const { weighed, roles, reasons } = rolesOf(needs, uses);
  const { cell: kind, hiddenSize: n, matrices } = weighed;
  const { byMatrix, projection } = roles;
  const stateParts = statePartsOf(roles);
  const isWhole = [...byMatrix.values()].some((role) => role !== 'W');
  // A gated sum without a state, or a layer that ends in a tanh, is no cell.
  if (!isWhole && kind !== 'LSTM') return { cell: null, isWhole, isUnclear: false, stateParts };

  const taken = projection?.to ?? n;
  const perGate = Array.from({ length: weighed.gates }, (_, gate) => {
    const own = matrices.filter((matrix) => matrix.gates.has(gate));
    const sum = (...wanted: Role[]) =>
      own.reduce((total, matrix) => total + (wanted.includes(byMatrix.get(matrix)!) ? matrix.from : 0), 0);
    const joined = sum('WR');
    return { m: sum('W') + (joined > 0 ? joined - taken : 0), state: joined > 0 ? sum('R') + taken : sum('R') };
  });
  const { m, state } = perGate[0]!;
  const agree = perGate.every((gate) => gate.m === m && gate.state === state);
  if (m < 1 || !agree || (isWhole ? state !== taken : new Set(matrices.map(({ data }) => data)).size > 1)) {
    return { cell: null, isWhole, isUnclear: kind !== 'RNN' && m > 0, stateParts };
  }
  if (!isWhole) reasons.push('no matrix can be identified as the one that takes the last state');

  const tensors = [
    ...matrices.map((matrix) => tensorOf(byMatrix.get(matrix)!, matrix.weight)),
    ...weighed.biases.map((bias) => tensorOf('B', bias)),
    ...weighed.peepholes.map((peephole) => tensorOf('P', peephole)),
    ...(projection ? [tensorOf('PROJECTION', projection.weight)] : []),
  ].sort((a, b) => ROLE_ORDER.indexOf(a.role) - ROLE_ORDER.indexOf(b.role));
  const params = tensors.reduce((sum, tensor) => sum + tensor.elements, 0);
  if (!Number.isSafeInteger(params)) return { cell: null, isWhole, isUnclear: true, stateParts };
  const sizes = {
    cell: kind,
    inputSize: m,
    hiddenSize: n,
    projectionSize: projection?.to ?? null,
    coupledGates: weighed.gates < GATES[kind].length,
  };
  const cell: DecomposedCell = {
    ...sizes,
    kind: 'DECOMPOSED',
    path: uses[0]!.path,
    params,
    repetitions: count,
    confidence: reasons.length > 0 ? 'LIKELY' : 'CERTAIN',
    reason: reasons.length > 0 ? reasons.join('; ') : null,
    tensors,
    ...workOfCell({ ...sizes, tensors }),
  };
  return { cell, isWhole, isUnclear: false, stateParts };
}

function statePartsOf({ byMatrix, part }: Roles): StateParts {
  const taken = [...byMatrix].flatMap(([matrix, role]): [string, number | 'all'][] => {
    const place = role === 'R' ? 'all' : part.get(matrix);
    return place === undefined ? [] : [[matrix.weight.key, place]];
  });
  return new Map(taken);
}

const ROLE_ORDER: readonly DecomposedTensor['role'][] = ['W', 'R', 'WR', 'B', 'P', 'PROJECTION'];

function tensorOf(role: DecomposedTensor['role'], { name, dims, elements }: StoredValue): DecomposedTensor {
  return { role, tensor: name, dims, elements };
}

/** The use that tells most, and what its matrices are for. */
function rolesOf(needs: Needs, uses: CellUse[]): { weighed: WeighedCell; roles: Roles; reasons: string[] } {
  const made = new Set(uses.map(({ weighed }) => weighed.made));
  for (const takes of [takesState, takesProjection]) {
    for (const { weighed } of uses) {
      const byMatrix = new Map<CellMatrix, Role>();
      const part = new Map<CellMatrix, number>();
      let projection: MatrixProduct | null = null;
      for (const matrix of weighed.matrices) {
        const state = takes(needs, weighed, matrix, made);
        projection ??= state?.projection ?? null;
        byMatrix.set(matrix, !state ? 'W' : matrix.data === state.value ? 'R' : 'WR');
        if (state) part.set(matrix, matrix.parts.indexOf(state.value));
      }
      const isTold = [...byMatrix.values()].some((role) => role !== 'W');
      if (isTold) return { weighed, roles: { byMatrix, part, projection }, reasons: oddOf(weighed) };
    }
  }
  const { weighed } = uses[0]!;
  const reasons = oddOf(weighed);
  const roles: Roles = {
    byMatrix: new Map(weighed.matrices.map((matrix) => [matrix, 'W'])),
    part: new Map(),
    projection: null,
  };
  if (weighed.cell === 'LSTM') rolesByShape(needs, weighed, roles, reasons);
  return { weighed, roles, reasons };
}

function oddOf({ odd }: WeighedCell): string[] {
  return odd.length > 0 ? [`the gates are made with ${[...new Set(odd)].join(', ')}`] : [];
}

/** A state that a matrix takes, and the matrix that made it of what the gates gave, if any. */
interface TakenState {
  value: Definition;
  projection: MatrixProduct | null;
}

/** The value among what a matrix takes that is the state of the step before; null for none that can be told. */
function takesState(
  { flow }: Needs,
  { states, cell }: WeighedCell,
  { data, parts }: CellMatrix,
  made: ReadonlySet<Definition>,
): TakenState | null {
  const isState = (value: Definition) => {
    if (states.has(value) || made.has(value)) return true;
    if (cell === 'GRU') return [...states].some((state) => flow.isStored(state)) && flow.isStored(value);
    const next = nextOf(flow, value);
    return next !== null && made.has(next);
  };
  const value = [data, ...parts].find(isState);
  return value ? { value, projection: null } : null;
}

/** The same for an LSTM that makes its state smaller with a matrix of its own. */
function takesProjection(
  { flow, sums }: Needs,
  { cell, hiddenSize }: WeighedCell,
  { data, parts }: CellMatrix,
  made: ReadonlySet<Definition>,
): TakenState | null {
  if (cell !== 'LSTM') return null;
  for (const value of [data, ...parts]) {
    for (const state of [value, nextOf(flow, value)]) {
      const projection = state && projectionOf(sums, state);
      if (projection && projection.from === hiddenSize && made.has(projection.data)) return { value, projection };
    }
  }
  return null;
}

/** For a state of a loop's body: what the body gives for its next step. */
function nextOf(flow: Flow, value: Definition): Definition | null {
  const next = value.kind === 'input' ? nextState(value) : null;
  return next && flow.root(next);
}

/** The one matrix product that makes a value, where nothing else does. */
function projectionOf(sums: Preactivations, value: Definition): MatrixProduct | null {
  const { matrices, biases, products, others } = sums.of(value);
  const [only, ...more] = matrices;
  return only && !only.cut && more.length + biases.length + products.length + others.length === 0 ? only : null;
}

/** Where the state comes from outside and nothing tells which value it is, its size does. */
function rolesByShape(needs: Needs, weighed: WeighedCell, roles: Roles, reasons: string[]): void {
  const { flow } = needs;
  const { matrices, hiddenSize: n, c } = weighed;
  const shown = shownProjection(needs, weighed);
  const all = new Set(matrices.map(({ data }) => data));
  const joined = matrices.every(({ parts, from }) => parts.length > 1 && from > (shown?.to ?? n));
  if (joined && matrices.reduce((uses, { gates }) => uses + gates.size, 0) === weighed.gates) {
    const fits = (size: number) => (part: Definition) =>
      flow.isStored(part) || lastDim(flow, part) === size || sharesSource(flow, part, c);
    const somePart = (is: (part: Definition) => boolean) => matrices.every(({ parts }) => parts.some(is));
    const isPlain = somePart(fits(n));
    if (!isPlain && shown && somePart(fits(shown.to))) roles.projection = shown;
    else if (!isPlain && matrices.some(({ parts }) => parts.every((part) => lastDim(flow, part) !== undefined))) return;
    else if (!isPlain) reasons.push('which part of the joined input is the state cannot be determined');
    for (const matrix of matrices) roles.byMatrix.set(matrix, 'WR');
    return;
  }
  const fitting = (size: number) => {
    const found = [...all].filter((data) => matrices.every((each) => each.data !== data || each.from === size));
    const certain = found.filter((data) => flow.isStored(data) || sharesSource(flow, data, c));
    return certain.length === 1 ? certain : found;
  };
  let found = fitting(n);
  if (found.length === 0 && shown) {
    roles.projection = shown;
    found = fitting(shown.to);
  }
  const state = found.at(-1);
  if (!state) return;
  if (found.length > 1) reasons.push('W and R have one size, and which of them takes the state cannot be determined');
  for (const matrix of matrices) if (matrix.data === state) roles.byMatrix.set(matrix, 'R');
}

/** The projection of a cell's state that its graph gives, as models give it that keep their state outside. */
function shownProjection({ flow, sums }: Needs, { made, hiddenSize }: WeighedCell): MatrixProduct | null {
  const { scope } = made;
  const found = scope.graph.outputs.flatMap((name) => {
    const output = definitionOf(scope, name);
    const projection = output && projectionOf(sums, flow.root(output));
    return projection?.data === made && projection.from === hiddenSize ? [projection] : [];
  });
  return found.length === 1 ? found[0]! : null;
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
