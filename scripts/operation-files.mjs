// Reads GraphQL operations and fragments from .graphql files: each operation whole, with the fragments that it needs wherever they
// stand among the folders. Writes nothing.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Kind, parse, print, visit } from 'graphql';

/**
 * The operations in the files of a folder and all folders in it: `{ file, name, kind, text }` each, and the definitions of all fragments,
 * which may stand in these other folders too. No two operations have one name, and no two fragments.
 */
export function readOperations(folder, fragmentFolders = []) {
  const own = definitionsIn(folder);
  const all = [...own, ...fragmentFolders.flatMap(definitionsIn)];
  const fragments = byName(all.filter(({ definition }) => definition.kind === Kind.FRAGMENT_DEFINITION));
  const found = byName(own.filter(({ definition }) => definition.kind === Kind.OPERATION_DEFINITION));
  const operations = [...found.values()].map(({ file, name, definition }) => {
    const needed = fragmentsOf(definition, fragments, file);
    const text = [definition, ...needed].map(print).join('\n\n');
    return { file, name, kind: definition.operation, text };
  });
  return { operations, fragments: [...fragments.values()].map(({ definition }) => definition) };
}

/** The texts of the operations in a folder next to the program that sends them, by name. */
export function operationTexts(folder) {
  return Object.fromEntries(readOperations(fileURLToPath(folder)).operations.map(({ name, text }) => [name, text]));
}

function definitionsIn(folder) {
  return graphqlFiles(folder).flatMap((file) =>
    parse(readFileSync(file, 'utf8')).definitions.map((definition) => ({
      file,
      definition,
      name: definition.name?.value,
    })),
  );
}

function graphqlFiles(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.graphql'))
    .sort()
    .map((file) => path.join(folder, file));
}

function byName(found) {
  const named = new Map();
  for (const one of found) {
    if (one.name === undefined) throw new Error(`${one.file}: an operation needs a name`);
    const other = named.get(one.name);
    if (other !== undefined) throw new Error(`${one.name} stands in ${other.file} and in ${one.file}`);
    named.set(one.name, one);
  }
  return named;
}

/** Those that a fragment needs in turn too, each once. */
function fragmentsOf(operation, fragments, file) {
  const needed = new Map();
  const look = (definition) =>
    visit(definition, {
      FragmentSpread({ name: { value } }) {
        if (needed.has(value)) return;
        const fragment = fragments.get(value);
        if (fragment === undefined) throw new Error(`${file}: there is no fragment ${value}`);
        needed.set(value, fragment.definition);
        look(fragment.definition);
      },
    });
  look(operation);
  return [...needed.values()];
}
