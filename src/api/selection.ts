/**
 * What an operation selects below a field, so that a list can read along what its members will be asked for. Only a hint: to read
 * too much or too little must never change an answer.
 */
import { Kind, type FieldNode, type GraphQLResolveInfo, type SelectionSetNode } from 'graphql';

export function selects(info: GraphQLResolveInfo, field: string): boolean {
  return below(info, info.fieldNodes, field).length > 0;
}

/** Whether the members of this connection are asked for the field, by `nodes` or by `edges`. */
export function selectsOfNodes(info: GraphQLResolveInfo, field: string): boolean {
  const nodes = [
    ...below(info, info.fieldNodes, 'nodes'),
    ...below(info, below(info, info.fieldNodes, 'edges'), 'node'),
  ];
  return below(info, nodes, field).length > 0;
}

function below(info: GraphQLResolveInfo, parents: readonly FieldNode[], name: string): FieldNode[] {
  return parents.flatMap(({ selectionSet }) => (selectionSet ? fieldsNamed(info, selectionSet, name) : []));
}

function fieldsNamed(info: GraphQLResolveInfo, { selections }: SelectionSetNode, name: string): FieldNode[] {
  return selections.flatMap((selection): FieldNode[] => {
    if (selection.kind === Kind.FIELD) return selection.name.value === name ? [selection] : [];
    if (selection.kind === Kind.INLINE_FRAGMENT) return fieldsNamed(info, selection.selectionSet, name);
    const fragment = info.fragments[selection.name.value];
    return fragment ? fieldsNamed(info, fragment.selectionSet, name) : [];
  });
}
