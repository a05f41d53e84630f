/** A closed set of the core as an enum of GraphQL: each value with its meaning. */
import { registerEnumType } from 'type-graphql';

/**
 * `meanings` must name every value, so that none goes undescribed. What the core writes in lower case is upper case in the schema;
 * other names, such as those of ONNX, stay as they are.
 */
export function closedSet<Value extends string>(
  name: string,
  description: string,
  values: readonly Value[],
  meanings: Record<Value, string>,
): Record<string, Value> {
  const set = Object.fromEntries(values.map((value) => [nameOf(value), value]));
  const valuesConfig = Object.fromEntries(values.map((value) => [nameOf(value), { description: meanings[value] }]));
  registerEnumType(set, { name, description, valuesConfig });
  return set;
}

function nameOf(value: string): string {
  return value === value.toLowerCase() ? value.toUpperCase() : value;
}
