/** The recurrent nodes of a model, each with its weights and its verdict, and their totals. */
import { WeighbridgeError } from '../../core/errors.js';
import type { RecurrentNode, RecurrentTotals, WeightRole } from '../../core/inspection.js';
import { workOf } from '../../core/layer/estimate.js';
import {
  biasConvention,
  type BiasHalves,
  idleBiasElements,
  judgeNode,
  type RoleFacts,
} from '../../core/layer/verdict.js';
import { type ExternalRange, rangeOf } from '../graph/external.js';
import type { Folding } from '../values/folding.js';
import { findAttribute, type RecurrentSite } from '../graph/graph.js';
import { isUnread, NONZERO, ZERO, type ZeroMask } from '../graph/tensors.js';
import type { WeighedBias } from './effective-params.js';
import { featuresOf, rankOf } from './features.js';
import { type Leaf, type Resolved, resolveWeight } from './weights.js';
import type { Warnings } from '../graph/warnings.js';
import type { Zeros } from '../values/zeros.js';

/** Steps, batch and features, whatever their order. */
const INPUT_RANK = 3;
const DIRECTIONS = ['forward', 'reverse', 'bidirectional'];

/** `unread`: external data that would tell more, were it read. */
export function weighNodes(
  sites: readonly RecurrentSite[],
  folding: Folding,
  zeros: Zeros,
  warnings: Warnings,
): {
  recurrentNodes: RecurrentNode[];
  recurrent: RecurrentTotals;
  /** What holds the values behind their roles. */
  weights: ReadonlySet<Leaf['key']>;
  biases: WeighedBias[];
  unread: ExternalRange[];
} {
  const totals = new Totals();
  const unread: ExternalRange[] = [];
  const biases: WeighedBias[] = [];
  const recurrentNodes = sites.map((site) => {
    const { node, roles, idle, bias } = weighNode(site, folding, zeros, warnings);
    biases.push(bias);
    totals.add(node, roles, idle);
    unread.push(...roles.get('B')!.leaves.flatMap(({ key }) => unreadRange(key)));
    return node;
  });
  return { recurrentNodes, recurrent: totals.sums(recurrentNodes), weights: totals.counted, biases, unread };
}

function weighNode(site: RecurrentSite, folding: Folding, zeros: Zeros, warnings: Warnings) {
  const { node, opType, scope, path } = site;
  const roles = new Map<WeightRole, Resolved>();
  for (const [position, { weight }] of node.operator!.inputs.entries()) {
    if (weight) roles.set(weight, resolveWeight(folding, scope, node.inputs[position] ?? '', weight));
  }
  const attribute = (name: string) => findAttribute(scope, node, name);
  const direction = attribute('direction')?.text ?? 'forward';
  if (!DIRECTIONS.includes(direction)) {
    const shown = JSON.stringify(direction.slice(0, 80));
    warnings.add('DIRECTION_UNKNOWN', `direction ${shown} is not one that ONNX defines`, path);
  }
  const hiddenSize = attribute('hidden_size');
  if (hiddenSize && hiddenSize.int === null) {
    warnings.add('ATTRIBUTE_TYPE', 'hidden_size is not an integer; the size is taken from the tensors', path);
  }
  for (const { weight } of roles.values()) {
    if (weight.dtype === 'STRING' || weight.dtype === 'BOOL') {
      warnings.add('DTYPE_ODD', `${weight.role} is a tensor of type ${weight.dtype}: no weights`, path);
    }
  }
  const bias = roles.get('B')!;
  const peepholes = roles.get('P') !== undefined && isGiven(roles.get('P')!);
  const { numDirections, ...judged } = judgeNode({
    opType,
    direction,
    hiddenSize: hiddenSize?.int ?? null,
    W: facts(roles.get('W')),
    R: facts(roles.get('R')),
    B: facts(bias),
    P: facts(roles.get('P')),
    others: [...roles].filter(([role]) => !['W', 'R', 'B', 'P'].includes(role)).map(([, role]) => facts(role)),
  });
  // An attention puts what it attends to beside the input.
  const features = roles.has('AW') ? null : featuresOf(folding, scope, node.inputs[0] ?? '');
  const rank = rankOf(folding, scope, node.inputs[0] ?? '');
  if (rank !== null && rank !== INPUT_RANK) {
    const has = `${rank} ${rank === 1 ? 'dim' : 'dims'}`;
    warnings.add('INPUT_SIZE', `the input has ${has}, ONNX asks for ${INPUT_RANK}`, path);
  } else if (features !== null && judged.inputSize !== null && features !== judged.inputSize) {
    const message = `the input has ${features} features, W takes ${judged.inputSize}; the tensors count`;
    warnings.add('INPUT_SIZE', message, path);
  }
  const halves = halvesOf(bias, zeros);
  const convention = biasConvention(isGiven(bias), halves);
  const idle = idleBiasElements(convention, bias.weight.elements ?? 0, attribute('linear_before_reset')?.int === 1);
  const layout = attribute('layout')?.int ?? 0;
  if (layout !== 0 && layout !== 1) {
    warnings.add('LAYOUT_UNKNOWN', 'layout is neither 0 nor 1', path);
  }
  const weighed = {
    path,
    name: node.name,
    opType,
    domain: node.domain,
    direction,
    numDirections,
    inputSize: judged.inputSize,
    hiddenSize: judged.hiddenSize,
    layout: Number.isSafeInteger(layout) ? layout : 0,
    biasConvention: convention,
    peepholes,
    stored: judged.stored,
    expected: judged.expected,
    effective: judged.stored === null ? null : judged.stored - idle,
    verdict: judged.verdict,
    reason: judged.reason,
    formula: judged.formula,
    weights: [...roles.values()].map((role) => role.weight),
  };
  const idleHalves = { input: idle > 0 && halves.input === true, recurrent: idle > 0 && halves.recurrent === true };
  const { definition, leaves, dims } = bias;
  const weighedBias = { definition, source: bias.weight.source, leaves, convention, idle: idleHalves, dims };
  return { node: { ...weighed, ...workOf(weighed) }, roles, idle, bias: weighedBias };
}

/** Values behind a bias that were not read: they tell the bias convention. */
function unreadRange(key: Leaf['key']): ExternalRange[] {
  if (!('external' in key) || !isUnread(key)) return [];
  return [rangeOf(key) ?? []].flat();
}

/** Each half of the last axis of B, over all directions. */
function halvesOf(bias: Resolved, zeros: Zeros): BiasHalves {
  const width = bias.dims?.at(-1);
  if (!bias.definition || !width || width % 2 !== 0) return { input: null, recurrent: null };
  const mask = zeros.mask(bias.definition);
  if (!mask) return { input: null, recurrent: null };
  return { input: allZero(mask, width, 0), recurrent: allZero(mask, width, width / 2) };
}

function allZero(mask: ZeroMask, width: number, from: number): boolean | null {
  let certain = true;
  for (let i = 0; i < mask.length; i += 1) {
    if (i % width < from || i % width >= from + width / 2) continue;
    if (mask[i] === NONZERO) return false;
    if (mask[i] !== ZERO) certain = false;
  }
  return certain ? true : null;
}

function isGiven(role: Resolved): boolean {
  return role.weight.source !== 'ABSENT';
}

function facts(role: Resolved | undefined): RoleFacts {
  if (!role) return { given: false, dims: null, blocker: null };
  return { given: isGiven(role), dims: role.dims, blocker: role.blocker };
}

/** Sums while the nodes pass. A stored tensor counts once, however many roles it stands behind. */
class Totals {
  #perUse = 0;
  #effective = 0;
  #distinct = 0;
  #idleDistinct = 0;
  #unverifiable = 0;
  readonly counted = new Set<Leaf['key']>();
  readonly #idleCounted = new Set<Leaf['key']>();

  add(node: RecurrentNode, roles: ReadonlyMap<WeightRole, Resolved>, idle: number): void {
    if (node.stored === null || node.effective === null) this.#unverifiable += 1;
    this.#perUse += node.stored ?? 0;
    this.#effective += node.effective ?? 0;
    for (const role of roles.values()) {
      for (const leaf of role.leaves) {
        if (this.counted.has(leaf.key)) continue;
        this.counted.add(leaf.key);
        this.#distinct += leaf.elements;
      }
    }
    // A zero half that is made in the graph is stored nowhere: no more can be idle than the bias stores.
    const bias = roles.get('B')!.leaves;
    if (idle === 0 || bias.length === 0 || bias.some((leaf) => this.#idleCounted.has(leaf.key))) return;
    for (const leaf of bias) this.#idleCounted.add(leaf.key);
    const stored = bias.reduce((sum, leaf) => sum + leaf.elements, 0);
    const used = roles.get('B')!.weight.elements ?? 0;
    this.#idleDistinct += Math.max(0, Math.min(idle, stored - (used - idle)));
  }

  /** Throws LIMIT_EXCEEDED where a sum is no longer exact. */
  sums(nodes: readonly RecurrentNode[]): RecurrentTotals {
    if (![this.#perUse, this.#distinct].every(Number.isSafeInteger)) {
      throw new WeighbridgeError('LIMIT_EXCEEDED', 'the recurrent nodes claim more than 2^53−1 params in all');
    }
    return {
      nodes: nodes.length,
      unverifiableNodes: this.#unverifiable,
      perUse: this.#perUse,
      distinct: this.#distinct,
      effective: this.#effective,
      effectiveDistinct: this.#distinct - this.#idleDistinct,
    };
  }
}
