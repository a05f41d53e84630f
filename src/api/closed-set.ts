/** A closed set of the core as an enum of GraphQL: each value with its meaning. */
import { registerEnumType } from 'type-graphql';

/** `meanings` must name every value, so that none goes undescribed. */
export function closedSet<Value extends string>(
  name: string,
  description: string,
  values: readonly Value[],
  meanings: Record<Value, string>,
): Record<Value, Value> {
  const set = Object.fromEntries(values.map((value) => [value, value])) as Record<Value, Value>;
  const valuesConfig = Object.fromEntries(values.map((value) => [value, { description: meanings[value] }]));
  registerEnumType(set, { name, description, valuesConfig: valuesConfig as Record<Value, { description: string }> });
  return set;
}
