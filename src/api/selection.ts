/**
 * What an operation selects below a field, so that a list can read along what its members will be asked for. Must never overlook a
 * field: it would be missing in the answer.
 */
import { Kind, type FieldNode, type GraphQLResolveInfo, type SelectionSetNode } from 'graphql';

export function selects(info: GraphQLResolveInfo, field: string): boolean {
  return below(info, info.fieldNodes, field).length > 0;
}

/** What is asked for below this field of the members of a connection, by `nodes` or by `edges`; none where the field is not selected. */
export function selectedOfNodes(info: GraphQLResolveInfo, field: string): string[] {
  const nodes = [
    ...below(info, info.fieldNodes, 'nodes'),
    ...below(info, below(info, info.fieldNodes, 'edges'), 'node'),
  ];
  return below(info, below(info, nodes, field), null).map(({ name }) => name.value);
}

/** The fields of this name, or all of them. Those that a directive may leave out are among them. */
function below(info: GraphQLResolveInfo, parents: readonly FieldNode[], name: string | null): FieldNode[] {
  return parents.flatMap(({ selectionSet }) => (selectionSet ? fieldsNamed(info, selectionSet, name) : []));
}

function fieldsNamed(info: GraphQLResolveInfo, { selections }: SelectionSetNode, name: string | null): FieldNode[] {
  return selections.flatMap((selection): FieldNode[] => {
    if (selection.kind === Kind.FIELD) return [selection].filter((field) => name === null || field.name.value === name);
    if (selection.kind === Kind.INLINE_FRAGMENT) return fieldsNamed(info, selection.selectionSet, name);
    const fragment = info.fragments[selection.name.value];
    return fragment ? fieldsNamed(info, fragment.selectionSet, name) : [];
  });
}
