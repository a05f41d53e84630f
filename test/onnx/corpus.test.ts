// Compares inspections with the truth of a corpus of real and exported models, where WEIGHBRIDGE_CORPUS names one.
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { inspectBytes } from '../support/inspect-bytes.js';

interface Truth {
  file: string;
  class: string;
  parse: string;
  sha256: string;
  nodes_total: number;
  sparse?: boolean;
  expect?: string;
  classes?: Record<string, number>;
  initializers: { elements_all_entries: number };
  constants: { elements: number };
  recurrent_totals: {
    nodes: number;
    elements_per_use: number;
    nodes_with_unknown_shapes: number;
    distinct_source_elements: number;
  };
}

const folder = process.env.WEIGHBRIDGE_CORPUS;
const found = folder !== undefined && existsSync(path.join(folder, 'truth.json'));
if (!found)
  process.stdout.write('corpus tests skipped: set WEIGHBRIDGE_CORPUS to the folder of a corpus with truth.json\n');
const truth = found
  ? (JSON.parse(readFileSync(path.join(folder, 'truth.json'), 'utf8')) as { files: Truth[] }).files
  : [];
const readable = truth.filter(
  (t) => t.expect === undefined && t.parse === 'ok' && existsSync(path.join(folder!, t.file)),
);

(found ? describe : describe.skip)('the corpus', () => {
  // jest wants a row even where the suite is skipped.
  test.each(found ? readable.map((t) => t.file) : ['no corpus'])('%s', async (file) => {
    const t = readable.find((candidate) => candidate.file === file);
    const inspection = await inspectBytes(await readFile(path.join(folder!, file)), 65_536);
    const totals = t!.recurrent_totals;
    expect(inspection).toMatchObject({
      digest: `sha256:${t!.sha256}`,
      nodeCount: t!.nodes_total,
      recurrent: {
        nodes: totals.nodes,
        ...(totals.nodes_with_unknown_shapes === 0 && {
          perUse: totals.elements_per_use,
          distinct: totals.distinct_source_elements,
        }),
      },
      ...(t!.sparse !== true && {
        storedElements: t!.initializers.elements_all_entries + t!.constants.elements,
        classes: t!.classes,
      }),
    });
  });
});
