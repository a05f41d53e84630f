/**
 * An inspection as it lies in the database: what may be long is text still, so that it can be read where nobody waits for it. Must stay free of
 * Prisma and of statements: a thread loads it.
 */
import type { StoredInspection } from '../../core/catalog.js';
import type { ComparableInspection } from '../../core/comparison.js';
import type { Prisma } from '../../database/client.js';
import { type NodeLists, toComparableNodes } from '../rows/comparable-nodes.js';
import { toDecomposedCells, toStoredTensors } from '../rows/stored-lists.js';

export interface InspectionTexts {
  inspection: StoredInspection;
  /** Lists of nodes, as JSON, a portion each. */
  nodes: string[];
  /** Stored tensors and written-out cells, as JSON. */
  tensors: string;
  cells: string;
}

export function readTexts({ inspection, nodes, tensors, cells }: InspectionTexts): ComparableInspection {
  const json = (text: string) => JSON.parse(text) as Prisma.JsonValue;
  return {
    ...inspection,
    recurrentNodes: toComparableNodes(nodes.map((text) => JSON.parse(text) as NodeLists)),
    tensors: toStoredTensors({ tensors: json(tensors) }),
    decomposedCells: toDecomposedCells({ cells: json(cells) }),
  };
}
