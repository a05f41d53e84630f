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
  framework?: { params?: number };
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

/** Why modelParams differ from what the framework counts, by the case that was exported, and by how much. */
const DIFFERENCES: [RegExp, number, string][] = [
  [/crnn_ctc/, -96, 'batch normalization is folded into the convolution before it'],
  [/lm_tied_l2_t/, 32_000, 'the tied matrix is stored a second time, transposed'],
  [/export_params_false_bidir/, -1_936, 'the weights are graph inputs: nothing of them is stored'],
  [/export_params_false_t/, -968, 'the weights are graph inputs: nothing of them is stored'],
  [/neg_transformer_t113/, -48, 'the exporter stores equal tensors once: the scales and shifts of two layer norms'],
  [/neg_transformer_t213/, -47, 'the exporter stores equal tensors once, and a factor as a vector of one'],
  [/tf_keras_bidirectional/, 160, 'Keras has one bias vector, ONNX stores a second one of zeros'],
  [/tf_keras_gru_reset_before/, 48, 'Keras has one bias vector, ONNX stores a second one of zeros'],
  [/tf_keras_m25_n100/, 400, 'Keras has one bias vector, ONNX stores a second one of zeros'],
  [/tf_keras_use_bias_false/, 128, 'Keras has no bias, ONNX stores two of zeros'],
];

const counted = readable.filter((t) => t.framework?.params !== undefined);

(found ? describe : describe.skip)('params that a framework counted', () => {
  test.each(found ? counted.map((t) => t.file) : ['no corpus'])(
    '%s: equal, or one reason says why not',
    async (file) => {
      const t = counted.find((candidate) => candidate.file === file);
      const { modelParams } = await inspectBytes(await readFile(path.join(folder!, file)));
      const [, difference] = DIFFERENCES.find(([name]) => name.test(file)) ?? [null, 0];
      expect(modelParams).toBe(t!.framework!.params! + difference);
    },
  );
});
