/**
 * An operation worked out once for all its executions: which fields of which type become which keys, and what is made of their values.
 * Must never hold what depends on variables; an operation that needs more than is said here has no plan, and graphql-js executes it.
 */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
  visit,
  BREAK,
} from 'graphql';

export interface OperationPlan {
  operation: OperationDefinitionNode;
  fragments: Record<string, FragmentDefinitionNode>;
  fields: FieldPlan[];
}

export interface FieldPlan {
  /** In the answer. */
  key: string;
  /** The first of them has the arguments. */
  nodes: FieldNode[];
  parentType: GraphQLObjectType;
  /** Null for `__typename`. */
  definition: GraphQLField<unknown, unknown> | null;
  value: ValuePlan;
}

export interface ValuePlan {
  type: GraphQLOutputType;
  isNonNull: boolean;
  shape:
    | { kind: 'leaf'; type: GraphQLLeafType }
    | { kind: 'list'; item: ValuePlan }
    | { kind: 'object'; fields: FieldPlan[] };
}

interface Planning {
  schema: GraphQLSchema;
  fragments: OperationPlan['fragments'];
}

/** Null where there is none. The document is valid, and without fragments that spread themselves. */
export function planOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): OperationPlan | null {
  const type = schema.getQueryType();
  // Directives depend on variables; of mutations nothing is won.
  if (operation.operation !== OperationTypeNode.QUERY || !type || hasDirectives(document)) return null;
  const fragments = Object.create(null) as OperationPlan['fragments'];
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  }
  const fields = planFields({ schema, fragments }, type, [operation.selectionSet]);
  return fields === null ? null : { operation, fragments, fields };
}

function hasDirectives(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Directive() {
      found = true;
      return BREAK;
    },
  });
  return found;
}

function planFields(
  planning: Planning,
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
): FieldPlan[] | null {
  const nodesByKey = new Map<string, FieldNode[]>();
  const spread = new Set<string>();
  for (const set of sets) collectFields(planning, type, set, nodesByKey, spread);
  const fields: FieldPlan[] = [];
  for (const [key, nodes] of nodesByKey) {
    // A key of this name would set what an object inherits.
    const field = key === '__proto__' ? null : planField(planning, type, key, nodes);
    if (field === null) return null;
    fields.push(field);
  }
  return fields;
}

function collectFields(
  planning: Planning,
  type: GraphQLObjectType,
  { selections }: SelectionSetNode,
  nodesByKey: Map<string, FieldNode[]>,
  spread: Set<string>,
): void {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      const key = selection.alias?.value ?? selection.name.value;
      const nodes = nodesByKey.get(key);
      if (nodes === undefined) nodesByKey.set(key, [selection]);
      else nodes.push(selection);
      continue;
    }
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      if (spread.has(selection.name.value)) continue;
      spread.add(selection.name.value);
    }
    const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? planning.fragments[selection.name.value] : selection;
    if (fragment === undefined || !applies(planning.schema, fragment.typeCondition?.name.value, type)) continue;
    collectFields(planning, type, fragment.selectionSet, nodesByKey, spread);
  }
}

function applies(schema: GraphQLSchema, condition: string | undefined, type: GraphQLObjectType): boolean {
  if (condition === undefined || condition === type.name) return true;
  const conditional = schema.getType(condition);
  return isAbstractType(conditional) && schema.isSubType(conditional, type);
}

function planField(
  planning: Planning,
  parentType: GraphQLObjectType,
  key: string,
  nodes: FieldNode[],
): FieldPlan | null {
  const name = (nodes[0] as FieldNode).name.value;
  const definition = name === '__typename' ? null : parentType.getFields()[name];
  if (definition === undefined) return null; // __schema and __type
  const type = definition === null ? planning.schema.getType('String') : definition.type;
  const value = planValue(planning, type as GraphQLOutputType, nodes);
  return value === null ? null : { key, nodes, parentType, definition, value };
}

function planValue(planning: Planning, type: GraphQLOutputType, nodes: readonly FieldNode[]): ValuePlan | null {
  if (isAbstractType(getNamedType(type))) return null; // its fields are those of whatever comes
  const nullable = getNullableType(type);
  const shape = planShape(planning, nullable as GraphQLOutputType, nodes);
  return shape === null ? null : { type, isNonNull: isNonNullType(type), shape };
}

function planShape(
  planning: Planning,
  type: GraphQLOutputType,
  nodes: readonly FieldNode[],
): ValuePlan['shape'] | null {
  if (isLeafType(type)) return { kind: 'leaf', type };
  if (isListType(type)) {
    const item = planValue(planning, type.ofType, nodes);
    return item === null ? null : { kind: 'list', item };
  }
  if (!isObjectType(type) || type.isTypeOf) return null;
  const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
  const fields = planFields(planning, type, sets);
  return fields === null ? null : { kind: 'object', fields };
}
