/**
 * The stored elements of a file as a tree: class, then tensor; those of a recurrent node under its stack, node and role. Every tensor
 * stands once, so the areas add up to what is stored. Pure.
 */
import { ELEMENT_CLASSES, type ElementClass } from '../../core/stored-tensors.js';
import type { VersionNodesQuery, VersionTensorsQuery } from '../generated/operations.js';
import type { Branch } from '../parts/text/branch.js';

type Inspected<Query extends { version?: unknown }> =
  NonNullable<Query['version']> extends { inspection: infer Found } ? Found : never;
export type StoredTensor = Inspected<VersionTensorsQuery>['tensors']['nodes'][number];
export type RecurrentNode = Inspected<VersionNodesQuery>['recurrentNodes']['nodes'][number];

interface ElementTreeInput {
  classes: Record<ElementClass, number>;
  /** The largest; what is left out stands as the rest of its class. */
  tensors: readonly StoredTensor[];
  nodes: readonly RecurrentNode[];
  stacks: readonly { path: string; layers: readonly { nodes: readonly string[] }[] }[];
}

const COLOURS: Record<ElementClass, number> = {
  weight: 1,
  state: 3,
  buffer: 4,
  quantization: 5,
  integer: 2,
  scalar: 7,
  unused: 6,
};

/** Inputs of the recurrent operators that are weights. */
const ROLE_OF_INPUT = new Map([
  [1, 'W'],
  [2, 'R'],
  [3, 'B'],
  [7, 'P'],
]);

export function elementTree({ classes, tensors, nodes, stacks }: ElementTreeInput): Branch {
  /** Path of a node → path of its stack. */
  const stackOf = new Map(
    stacks.flatMap(({ path, layers }) => layers.flatMap((layer) => layer.nodes.map((node) => [node, path] as const))),
  );
  return {
    name: 'file',
    children: ELEMENT_CLASSES.filter((name) => classes[name] > 0).map((name) => {
      const ofClass = tensors.filter((tensor) => tensor.class === name.toUpperCase());
      const rest = classes[name] - ofClass.reduce((sum, { elements }) => sum + elements, 0);
      const children = [...placed(ofClass, nodes, stackOf), ...(rest > 0 ? [{ name: 'the rest', value: rest }] : [])];
      return { name, colour: COLOURS[name], children };
    }),
  };
}

function placed(
  tensors: readonly StoredTensor[],
  nodes: readonly RecurrentNode[],
  stackOf: ReadonlyMap<string, string>,
): Branch[] {
  const others: Branch[] = [];
  const stacks = new Map<string, Map<string, Branch[]>>();
  for (const tensor of tensors) {
    const owner = ownerOf(tensor, nodes);
    if (owner === null) {
      const name = tensor.name || tensor.path;
      others.push({ name, label: shortName(name), value: tensor.elements });
      continue;
    }
    const stack = stackOf.get(owner.path) ?? owner.path;
    const ofStack = stacks.get(stack) ?? new Map<string, Branch[]>();
    stacks.set(stack, ofStack);
    ofStack.set(owner.path, [...(ofStack.get(owner.path) ?? []), { name: owner.role, value: tensor.elements }]);
  }
  const recurrent = [...stacks].map(([stack, ofStack]) => ({
    name: lastPart(stack),
    children: [...ofStack].map(([path, children]) => ({ name: lastPart(path), children })),
  }));
  return [...recurrent, ...others];
}

/** The recurrent node that takes a tensor first, directly or as it stands in the node's own account. */
function ownerOf(tensor: StoredTensor, nodes: readonly RecurrentNode[]): { path: string; role: string } | null {
  for (const { path, input } of tensor.usedBy) {
    const role = ROLE_OF_INPUT.get(input);
    if (role !== undefined && nodes.some((node) => node.path === path)) return { path, role };
  }
  if (tensor.name === '') return null;
  for (const { path, weights } of nodes) {
    const weight = weights.find((one) => one.tensor === tensor.name && one.source !== 'COMPUTED');
    if (weight !== undefined) return { path, role: weight.role };
  }
  return null;
}

/** Names of exporters tell tensors apart at their end. */
const shortName = (name: string): string =>
  name
    .split(/[./:]+/)
    .slice(-2)
    .join('.');

const lastPart = (path: string): string => path.replace(/^.*\//, '');
