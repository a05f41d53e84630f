/**
 * Where names mean what: scopes of graphs, of If/Loop/Scan bodies and of local functions, one instance per call site, and the
 * walk that finds every recurrent node in them. Resolves no weights.
 */
import { WeighbridgeError } from '../../core/errors.js';
import type { RecurrentOpType } from '../../core/inspection.js';
import { isDefaultDomain } from '../operators/operator.js';
import { nodeLabel } from './labels.js';
import type { Warnings } from './warnings.js';
import { Work } from './work.js';
import type { Attribute, FunctionBody, Graph, Node, SparseTensor, Tensor, ValueInfo } from './model.js';

/** Functions calling functions. Exporters reach 5. */
export const MAX_CALL_DEPTH = 100;
/** Nodes and recurrent nodes once every function is expanded at every call. */
export const MAX_EXPANDED_NODES = 1_000_000;
export const MAX_RECURRENT_NODES = 50_000;

export type Definition =
  | { kind: 'initializer'; name: string; scope: Scope; tensor: Tensor }
  | { kind: 'sparse'; name: string; scope: Scope; tensor: SparseTensor }
  | { kind: 'output'; name: string; scope: Scope; node: Node; output: number }
  | { kind: 'input'; name: string; scope: Scope; info: ValueInfo; input: number };

/** A graph at one place: the same function body called twice is two scopes. */
export interface Scope {
  graph: Graph;
  path: string;
  kind: 'graph' | 'subgraph' | 'function';
  /** The enclosing scope whose names are seen here; null for the main graph and for functions. */
  parent: Scope | null;
  /** Of a function: the values of attributes that a call leaves out. */
  defaults: readonly Attribute[];
  /** The node whose attribute or call this scope is. */
  owner: { node: Node; scope: Scope } | null;
  definitions: Map<string, Definition> | null;
  /** Bodies (by graph) and calls (by node) of this scope, made when they are first asked for. */
  children: Map<Graph | Node, Scope>;
  /** Function calls around this scope. */
  callDepth: number;
  /** Of the whole analysis: calls can make more scopes than there are graphs. */
  work: Work;
}

export interface RecurrentSite {
  node: Node;
  opType: RecurrentOpType;
  scope: Scope;
  path: string;
}

export interface Found {
  definition: Definition;
  /** Scopes crossed outward. */
  hops: number;
}

function recurrentOpType({ operator, opType }: Node): RecurrentOpType | null {
  return operator?.kind === 'RECURRENCE' ? (opType as RecurrentOpType) : null;
}

export class Functions {
  readonly #byKey = new Map<string, FunctionBody>();
  readonly #withRecurrent: ReadonlySet<FunctionBody>;

  constructor(functions: readonly FunctionBody[]) {
    for (const body of functions) this.#byKey.set(functionKey(body.domain, body.name, body.overload), body);
    const callers = new Map<FunctionBody, Set<FunctionBody>>();
    const found = new Set<FunctionBody>();
    for (const body of this.#byKey.values()) {
      for (const node of everyNode(body.graph)) {
        const called = this.called(node);
        if (called) callers.set(called, (callers.get(called) ?? new Set()).add(body));
        else if (recurrentOpType(node)) found.add(body);
      }
    }
    // A set may grow while it is gone through: what is added comes later.
    for (const body of found) for (const caller of callers.get(body) ?? []) found.add(caller);
    this.#withRecurrent = found;
  }

  called(node: Node): FunctionBody | undefined {
    return this.#byKey.size === 0 ? undefined : this.#byKey.get(functionKey(node.domain, node.opType, node.overload));
  }

  holdsRecurrent(body: FunctionBody): boolean {
    return this.#withRecurrent.has(body);
  }
}

/** Equal for what calls and definitions name alike. */
export function functionKey(domain: string, name: string, overload: string): string {
  return JSON.stringify([isDefaultDomain(domain) ? '' : domain, name, overload]);
}

/** Every node of a graph and of the graphs inside it, in order. */
export function* everyNode(graph: Graph): Generator<Node> {
  for (const inner of everyGraph(graph)) yield* inner.nodes;
}

/** A graph and every graph inside it. */
export function* everyGraph(graph: Graph): Generator<Graph> {
  const open = [graph];
  for (let next = open.pop(); next; next = open.pop()) {
    yield next;
    for (const node of next.nodes) for (const a of node.attributes) for (const inner of a.graphs) open.push(inner);
  }
}

/** A function body by itself, its inputs bound to nothing. */
export function functionScope(body: FunctionBody, work: Work): Scope {
  return { ...newScope(body.graph, body.name, 'function', null, null, work), defaults: body.defaults };
}

/** A scope and the scopes of every graph inside it. */
export function* everyScope(scope: Scope): Generator<Scope> {
  const open = [scope];
  for (let next = open.pop(); next; next = open.pop()) {
    yield next;
    for (const node of next.graph.nodes) {
      for (const a of node.attributes) for (const graph of a.graphs) open.push(bodyScope(next, node, a.name, graph));
    }
  }
}

export function mainScope(graph: Graph, work: Work): Scope {
  return newScope(graph, 'graph', 'graph', null, null, work);
}

function newScope(
  graph: Graph,
  path: string,
  kind: Scope['kind'],
  parent: Scope | null,
  owner: Scope['owner'],
  work: Work,
): Scope {
  work.spend(SCOPE_STEPS);
  const callDepth = (owner?.scope.callDepth ?? 0) + (kind === 'function' ? 1 : 0);
  const rest = { defaults: [], definitions: null, children: new Map<Graph | Node, Scope>() };
  return { graph, path, kind, parent, owner, ...rest, callDepth, work };
}

/** The scope of a graph that hangs off an attribute of a node. */
export function bodyScope(scope: Scope, node: Node, attributeName: string, graph: Graph): Scope {
  let body = scope.children.get(graph);
  if (!body) {
    const path = `${scope.path}/${nodeLabel(scope.graph, node)}.${attributeName}`;
    body = newScope(graph, path, 'subgraph', scope, { node, scope }, scope.work);
    scope.children.set(graph, body);
  }
  return body;
}

/** The scope of one call of a function: its inputs are bound to what the call passes. */
export function callScope(scope: Scope, node: Node, body: FunctionBody): Scope {
  let call = scope.children.get(node);
  if (!call) {
    const path = `${scope.path}/${nodeLabel(scope.graph, node)}.${body.name}`;
    const bare = newScope(body.graph, path, 'function', null, { node, scope }, scope.work);
    call = { ...bare, defaults: body.defaults };
    scope.children.set(node, call);
  }
  return call;
}

/** Names and scopes stay in memory, unlike most steps: so many of them as a worker has room for. */
const NAME_STEPS = 10;
const SCOPE_STEPS = 100;

/** What a name means in one scope: initializer, sparse initializer, node output, input, in this order; the last duplicate wins. */
function definitionsOf(scope: Scope): Map<string, Definition> {
  if (scope.definitions) return scope.definitions;
  const { graph, work } = scope;
  work.spend(NAME_STEPS * (graph.inputs.length + graph.initializers.length + graph.sparseInitializers.length));
  const definitions = new Map<string, Definition>();
  for (const [input, info] of graph.inputs.entries()) {
    definitions.set(info.name, { kind: 'input', name: info.name, scope, info, input });
  }
  for (const node of graph.nodes) {
    work.spend(NAME_STEPS * node.outputs.length);
    for (const [output, name] of node.outputs.entries()) {
      if (name !== '') definitions.set(name, { kind: 'output', name, scope, node, output });
    }
  }
  for (const tensor of graph.sparseInitializers) {
    definitions.set(tensor.name, { kind: 'sparse', name: tensor.name, scope, tensor });
  }
  for (const tensor of graph.initializers) {
    definitions.set(tensor.name, { kind: 'initializer', name: tensor.name, scope, tensor });
  }
  scope.definitions = definitions;
  return definitions;
}

/** What a name means here, looked up outward; through a function's input, what the call passes. Null when nothing has the name. */
export function find(scope: Scope, name: string): Found | null {
  let [at, wanted, hops]: [Scope | null, string, number] = [scope, name, 0];
  while (at) {
    const definition: Definition | undefined = definitionsOf(at).get(wanted);
    if (definition?.kind === 'input' && at.kind === 'function' && at.owner) {
      const actual: string = at.owner.node.inputs[definition.input] ?? '';
      if (actual === '') return null;
      [at, wanted] = [at.owner.scope, actual];
      continue;
    }
    if (definition) return { definition, hops };
    at = at.parent;
    hops += 1;
  }
  return null;
}

/** True when a name in a function is an input that the call leaves out. */
export function isOmittedArgument(scope: Scope, name: string): boolean {
  if (name === '') return true;
  for (let at: Scope | null = scope, wanted = name; at; at = at.parent) {
    const definition = definitionsOf(at).get(wanted);
    if (definition?.kind === 'input' && at.kind === 'function' && at.owner) {
      const { node, scope: caller }: { node: Node; scope: Scope } = at.owner;
      const actual = node.inputs[definition.input] ?? '';
      return isOmittedArgument(caller, actual);
    }
    if (definition) return false;
  }
  return false;
}

/**
 * An attribute of a node; in a function, one that refers to the function's attribute is looked up at the call, or is the function's
 * default. The first duplicate wins.
 */
export function findAttribute(scope: Scope, node: Node, name: string): Attribute | null {
  let [at, holder, wanted]: [Scope | null, Node, string] = [scope, node, name];
  for (;;) {
    const attribute: Attribute | undefined = attributeNamed(holder, wanted);
    if (!attribute) return null;
    if (attribute.reference === '') return attribute;
    while (at && at.kind !== 'function') at = at.parent;
    if (!at) return null;
    wanted = attribute.reference;
    const call: Scope['owner'] = at.owner;
    if (!call || !attributeNamed(call.node, wanted)) return at.defaults.find(({ name }) => name === wanted) ?? null;
    [holder, at] = [call.node, call.scope];
  }
}

const BODIES = new WeakMap<Node, { name: string; graph: Graph }[]>();

/** The graphs that hang off a node, with the attributes that hold them. */
export function bodiesOf(node: Node): { name: string; graph: Graph }[] {
  let bodies = BODIES.get(node);
  if (!bodies) {
    bodies = node.attributes.flatMap(({ name, graphs }) => graphs.map((graph) => ({ name, graph })));
    if (node.attributes.length >= MANY_ATTRIBUTES) BODIES.set(node, bodies);
  }
  return bodies;
}

/** From here on a node's attributes are gone through once and remembered. */
const MANY_ATTRIBUTES = 20;
const ATTRIBUTES = new WeakMap<Node, Map<string, Attribute>>();

function attributeNamed(node: Node, name: string): Attribute | undefined {
  if (node.attributes.length < MANY_ATTRIBUTES) return node.attributes.find((a) => a.name === name);
  let byName = ATTRIBUTES.get(node);
  if (!byName) ATTRIBUTES.set(node, (byName = new Map(node.attributes.toReversed().map((a) => [a.name, a]))));
  return byName.get(name);
}

/** Every recurrent node, in order: bodies where their node stands, functions once per call. */
export function recurrentSites(main: Scope, functions: Functions, warnings: Warnings): RecurrentSite[] {
  const sites: RecurrentSite[] = [];
  const open: { scope: Scope; at: number; calls: readonly FunctionBody[] }[] = [{ scope: main, at: 0, calls: [] }];
  let expanded = main.graph.nodes.length;
  const enter = (scope: Scope, calls: readonly FunctionBody[]) => {
    expanded += scope.graph.nodes.length;
    if (expanded > MAX_EXPANDED_NODES) tooMany('nodes', MAX_EXPANDED_NODES);
    open.push({ scope, at: 0, calls });
  };
  while (open.length > 0) {
    const place = open[open.length - 1]!;
    const node = place.scope.graph.nodes[place.at];
    if (!node) {
      open.pop();
      continue;
    }
    place.at += 1;
    const body = functions.called(node);
    if (body) {
      if (!functions.holdsRecurrent(body)) continue;
      if (place.calls.includes(body)) {
        const path = `${place.scope.path}/${nodeLabel(place.scope.graph, node)}`;
        warnings.add('FUNCTION_CYCLE', `function ${body.name} calls itself; the inner call is not followed`, path);
        continue;
      }
      if (place.calls.length >= MAX_CALL_DEPTH) tooMany('nested function calls', MAX_CALL_DEPTH);
      enter(callScope(place.scope, node, body), [...place.calls, body]);
      continue;
    }
    const opType = recurrentOpType(node);
    if (opType) {
      if (sites.length >= MAX_RECURRENT_NODES) tooMany('recurrent nodes', MAX_RECURRENT_NODES);
      const path = `${place.scope.path}/${nodeLabel(place.scope.graph, node)}`;
      place.scope.work.tell(path.length + node.name.length);
      sites.push({ node, opType, scope: place.scope, path });
    }
    const bodies = bodiesOf(node).map(({ name, graph }) => bodyScope(place.scope, node, name, graph));
    for (const inner of bodies.reverse()) enter(inner, place.calls);
  }
  return sites;
}

/** Throws LIMIT_EXCEEDED. */
export function tooMany(what: string, limit: number): never {
  throw new WeighbridgeError(
    'LIMIT_EXCEEDED',
    `the model has more than ${limit.toLocaleString('en')} ${what} once its functions are expanded: over the limit of this reader`,
  );
}
