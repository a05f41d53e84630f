/** Honest models as large as the documents say that they may be: every name is another, as in real files. */
import { field, tag, varint } from '../../support/wire.js';

const GRAPH = 7;
const NODE = 1;
const INITIALIZER = 5;

/** A chain of Add, each with a name of its own. */
export function chainOfNodes(nodes: number): Uint8Array {
  return modelOf(nodes, (i) =>
    field(NODE, [
      ...field(1, `t${i}`),
      ...field(1, 'bias'),
      ...field(2, `t${i + 1}`),
      ...field(3, `Add_${i}`),
      ...field(4, 'Add'),
    ]),
  );
}

/** Initializers of one float each. */
export function manyInitializers(initializers: number): Uint8Array {
  return modelOf(initializers, (i) =>
    field(INITIALIZER, [...field(1, varint(1)), ...tag(2, 0), 1, ...field(8, `w${i}`), ...field(9, [0, 0, 128, 63])]),
  );
}

function modelOf(count: number, part: (index: number) => ArrayLike<number>): Uint8Array {
  const parts = Array.from({ length: count }, (_, i) => Buffer.from(part(i)));
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([...tag(1, 0), 8, ...tag(GRAPH, 2), ...varint(body.length)]), body]);
}
