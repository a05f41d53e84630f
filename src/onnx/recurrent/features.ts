/**
 * How many features the input of a recurrent node has: the last axis, which is mostly known where the others are symbols. Followed through
 * what keeps it, a few steps back; what else is computed is not.
 */
import type { Folding } from '../values/folding.js';
import { type Definition, find, findAttribute, type Scope } from '../graph/graph.js';
import type { Node } from '../graph/model.js';

const MAX_STEPS = 32;

export function featuresOf(folding: Folding, scope: Scope, name: string): number | null {
  let at: Definition | undefined = find(scope, name)?.definition;
  for (let step = 0; at && step < MAX_STEPS; step += 1) {
    at.scope.work.spend(1);
    if (at.kind === 'input') return lastAxis(at.info.dims);
    if (at.kind !== 'output') return lastAxis(folding.known(at)?.dims ?? null);
    const { node, output, name: made } = at;
    if (node.operator?.kind === 'RECURRENCE') return output === 0 ? unitsOf(folding, at.scope, node) : null;
    if (output !== 0 || !keepsLastAxis(folding, at.scope, node)) {
      return lastAxis(folding.declaredOf(at.scope.graph, made)?.dims ?? null);
    }
    at = find(at.scope, node.inputs[0] ?? '')?.definition;
  }
  return null;
}

/** Dims that an input is known to have; null where none are: exporters write no dims for such as they do not know. */
export function rankOf(folding: Folding, scope: Scope, name: string): number | null {
  const definition = find(scope, name)?.definition;
  const dims = definition?.kind === 'input' ? definition.info.dims : definition && folding.known(definition)?.dims;
  return dims?.length || null;
}

function lastAxis(dims: readonly (number | null)[] | null): number | null {
  const last = dims?.at(-1) ?? null;
  return last !== null && last > 0 ? last : null;
}

/** The last axis of what it gives, [time, directions, batch, units]. */
function unitsOf(folding: Folding, scope: Scope, node: Node): number | null {
  const recurrence = node.operator!.inputs.findIndex(({ weight }) => weight === 'R');
  const dims = folding.knownOf(scope, node.inputs[recurrence] ?? '')?.dims;
  return dims?.length === 3 ? lastAxis(dims) : null;
}

function keepsLastAxis(folding: Folding, scope: Scope, node: Node): boolean {
  switch (node.operator?.opType) {
    case 'Identity':
    case 'Cast':
    case 'Dropout':
    case 'LayerNormalization':
      return true;
    case 'Transpose': {
      const order = findAttribute(scope, node, 'perm')?.ints ?? [];
      return order.length > 0 && order.at(-1) === order.length - 1;
    }
    case 'Squeeze':
      return squeezesDirections(folding, scope, node);
    default:
      return node.operator?.kind === 'ACTIVATION';
  }
}

/** Of the output of a recurrent node, the axis of directions. */
function squeezesDirections(folding: Folding, scope: Scope, node: Node): boolean {
  const from = find(scope, node.inputs[0] ?? '')?.definition;
  if (from?.kind !== 'output' || from.node.operator?.kind !== 'RECURRENCE') return false;
  const axes = findAttribute(scope, node, 'axes')?.ints ?? folding.knownOf(scope, node.inputs[1] ?? '')?.values;
  return axes?.length === 1 && axes[0] === 1;
}
