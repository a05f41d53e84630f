import type { FragmentDefinitionNode } from 'graphql';

/** Operations of a folder, whole, with fragments from there and from the other folders. */
export function readOperations(
  folder: string,
  fragmentFolders?: readonly string[],
): {
  operations: { file: string; name: string; kind: string; text: string }[];
  fragments: FragmentDefinitionNode[];
};
