/**
 * Executes an operation by its plan, with the answer that graphql-js gives, errors and their order included: it follows graphql-js's own
 * `execute` step by step. Must never hold less: a step that is left out there by a new version is left out here by hand.
 */
import {
  getArgumentValues,
  getVariableValues,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLLeafType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  locatedError,
  responsePathAsArray,
} from 'graphql';
import type { FieldPlan, OperationPlan, ValuePlan } from './plan.js';

type Path = GraphQLResolveInfo['path'];
type Answered = Record<string, unknown>;

export interface PlannedRequest<Context> {
  schema: GraphQLSchema;
  variables: Record<string, unknown>;
  context: Context;
  /** For fields without a resolver. Asked only where the property is a function, and gives it as it is otherwise. */
  resolveProperty: GraphQLFieldResolver<unknown, Context>;
}

export interface PlannedResult {
  data: Answered | null;
  errors: GraphQLError[];
}

interface Execution {
  plan: OperationPlan;
  schema: GraphQLSchema;
  variableValues: Record<string, unknown>;
  context: unknown;
  resolveProperty: GraphQLFieldResolver<unknown, unknown>;
  errors: GraphQLError[];
  /** Where an error has made null of something, so that later ones below it are not told. */
  nulled: Set<Path | undefined>;
}

/** Null when the variables do not fit: graphql-js says how. */
export async function executePlan<Context>(
  plan: OperationPlan,
  { schema, variables, context, resolveProperty }: PlannedRequest<Context>,
): Promise<PlannedResult | null> {
  const { coerced } = getVariableValues(schema, plan.operation.variableDefinitions ?? [], variables);
  if (coerced === undefined) return null;
  const execution: Execution = {
    plan,
    schema,
    variableValues: coerced,
    context,
    resolveProperty: resolveProperty as GraphQLFieldResolver<unknown, unknown>,
    errors: [],
    nulled: new Set(),
  };
  try {
    const data = await answerFields(execution, plan.fields, undefined, undefined);
    return { data, errors: execution.errors };
  } catch (error) {
    note(execution, error as GraphQLError, undefined);
    return { data: null, errors: execution.errors };
  }
}

function answerFields(
  execution: Execution,
  fields: readonly FieldPlan[],
  source: unknown,
  path: Path | undefined,
): Answered | Promise<Answered> {
  const answered: Answered = {};
  let waits = false;
  try {
    for (const field of fields) {
      const value = answerField(execution, field, source, path);
      answered[field.key] = value;
      if (isPromise(value)) waits = true;
    }
  } catch (error) {
    if (!waits) throw error;
    // What the other fields promise is waited for, since it may fail too.
    return settled(answered).finally(() => {
      throw error;
    });
  }
  return waits ? settled(answered) : answered;
}

async function settled(answered: Answered): Promise<Answered> {
  const keys = Object.keys(answered);
  const values = await Promise.all(Object.values(answered));
  keys.forEach((key, i) => {
    answered[key] = values[i];
  });
  return answered;
}

function answerField(execution: Execution, field: FieldPlan, source: unknown, parent: Path | undefined): unknown {
  const { definition, value, key, parentType } = field;
  if (definition === null) return parentType.name;
  // An object without a resolver of its own needs a path, and nothing else that is made for each field.
  const path = value.shape.kind === 'leaf' ? undefined : pathOf(field, parent);
  try {
    const found = definition.resolve
      ? resolveBy(definition.resolve, execution, field, source, parent, path)
      : propertyOf(execution, field, source, parent, path);
    if (isPromise(found)) {
      const at = path ?? pathOf(field, parent);
      return found
        .then((each) => complete(execution, field, value, each, at))
        .then(undefined, (error: unknown) => failed(execution, field, value, error, at));
    }
    if (value.shape.kind === 'leaf') return completeLeafField(field, value.shape.type, value.isNonNull, found);
    const completed = complete(execution, field, value, found, path as Path);
    if (!isPromise(completed)) return completed;
    return completed.then(undefined, (error: unknown) => failed(execution, field, value, error, path as Path));
  } catch (error) {
    return failed(execution, field, value, error, path ?? { prev: parent, key, typename: parentType.name });
  }
}

function propertyOf(
  execution: Execution,
  field: FieldPlan,
  source: unknown,
  parent: Path | undefined,
  path: Path | undefined,
): unknown {
  const property = (source as Record<string, unknown>)[(field.definition as { name: string }).name];
  if (typeof property !== 'function') return property;
  return resolveBy(execution.resolveProperty, execution, field, source, parent, path);
}

function resolveBy(
  resolve: GraphQLFieldResolver<unknown, unknown>,
  { plan, schema, variableValues, context }: Execution,
  field: FieldPlan,
  source: unknown,
  parent: Path | undefined,
  path: Path | undefined,
): unknown {
  const definition = field.definition as NonNullable<FieldPlan['definition']>;
  const args =
    definition.args.length === 0
      ? {}
      : getArgumentValues(definition, field.nodes[0] as FieldPlan['nodes'][number], variableValues);
  return resolve(source, args, context, {
    fieldName: definition.name,
    fieldNodes: field.nodes,
    returnType: definition.type,
    parentType: field.parentType,
    path: path ?? pathOf(field, parent),
    schema,
    fragments: plan.fragments,
    rootValue: undefined,
    operation: plan.operation,
    variableValues,
  });
}

function pathOf({ key, parentType }: FieldPlan, prev: Path | undefined): Path {
  return { prev, key, typename: parentType.name };
}

function complete(execution: Execution, field: FieldPlan, value: ValuePlan, found: unknown, path: Path): unknown {
  if (found instanceof Error) throw found;
  if (found === null || found === undefined) {
    if (value.isNonNull) throw isNull(field);
    return null;
  }
  const { shape } = value;
  switch (shape.kind) {
    case 'leaf':
      return serialized(shape.type, found);
    case 'list':
      return completeList(execution, field, shape.item, found, path);
    case 'object':
      return answerFields(execution, shape.fields, found, path);
  }
}

function completeLeafField(field: FieldPlan, type: GraphQLLeafType, isNonNull: boolean, found: unknown): unknown {
  if (found instanceof Error) throw found;
  if (found !== null && found !== undefined) return serialized(type, found);
  if (isNonNull) throw isNull(field);
  return null;
}

function isNull({ parentType, definition }: FieldPlan): Error {
  return new Error(`Cannot return null for non-nullable field ${parentType.name}.${definition?.name ?? '__typename'}.`);
}

function serialized(type: GraphQLLeafType, found: unknown): unknown {
  const value: unknown = type.serialize(found);
  // A fault of ours, which the client sees masked.
  if (value === null || value === undefined) throw new Error(`${type.name} made nothing of a value`);
  return value;
}

function completeList(
  execution: Execution,
  field: FieldPlan,
  item: ValuePlan,
  found: unknown,
  path: Path,
): unknown[] | Promise<unknown[]> {
  if (typeof found !== 'object' || found === null || !(Symbol.iterator in found)) {
    const name = `${field.parentType.name}.${field.definition?.name ?? ''}`;
    throw new GraphQLError(`Expected Iterable, but did not find one for field "${name}".`);
  }
  let waits = false;
  const completed: unknown[] = [];
  try {
    for (const each of found as Iterable<unknown>) {
      const value = completeItem(execution, field, item, each, {
        prev: path,
        key: completed.length,
        typename: undefined,
      });
      completed.push(value);
      if (isPromise(value)) waits = true;
    }
  } catch (error) {
    // Of what the others promise nobody is told any more; without an ear, a failure of theirs would end the process.
    if (waits) void Promise.allSettled(completed);
    throw error;
  }
  return waits ? Promise.all(completed) : completed;
}

function completeItem(execution: Execution, field: FieldPlan, item: ValuePlan, each: unknown, at: Path): unknown {
  try {
    const value = isPromise(each)
      ? each.then((resolved) => complete(execution, field, item, resolved, at))
      : complete(execution, field, item, each, at);
    if (!isPromise(value)) return value;
    return value.then(undefined, (error: unknown) => failed(execution, field, item, error, at));
  } catch (error) {
    return failed(execution, field, item, error, at);
  }
}

/** Null in its place, or thrown on to what it is part of. */
function failed(
  execution: Execution,
  { nodes }: FieldPlan,
  { isNonNull }: ValuePlan,
  cause: unknown,
  path: Path,
): null {
  const error = locatedError(cause, nodes, responsePathAsArray(path));
  if (isNonNull) throw error;
  note(execution, error, path);
  return null;
}

function note({ errors, nulled }: Execution, error: GraphQLError, path: Path | undefined): void {
  if (nulled.has(undefined)) return;
  for (let at = path; at !== undefined; at = at.prev) if (nulled.has(at)) return;
  nulled.add(path);
  errors.push(error);
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
