// Files that readers of ONNX got wrong, written by other programs, each with what is right of it (cases/manifest.json). The large ones are
// compressed.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { checkInspection } from '../../fuzz/invariants.js';
import type { Inspection } from '../../src/core/inspection.js';
import { inspectBytes } from '../support/inspect-bytes.js';

const FOLDER = path.resolve('test/onnx/cases');
const cases = JSON.parse(readFileSync(path.join(FOLDER, 'manifest.json'), 'utf8')) as {
  file: string;
  expect: Record<string, unknown>;
  why: string;
}[];

async function inspectCase(file: string): Promise<Inspection> {
  const plain = path.join(FOLDER, file);
  const bytes = existsSync(plain) ? readFileSync(plain) : gunzipSync(readFileSync(`${plain}.gz`));
  const inspection = await inspectBytes(bytes, 4_096);
  checkInspection(inspection, bytes.length);
  return inspection;
}

/** What is expected under each name of the manifest. */
const CHECKS: Record<string, (inspection: Inspection, expected: never) => unknown> = {
  modelParams: ({ modelParams }, expected) => expect(modelParams).toBe(expected),
  modelParamsBetween: ({ modelParams }, [least, most]: [number, number]) => {
    expect(modelParams).toBeGreaterThanOrEqual(least);
    expect(modelParams).toBeLessThanOrEqual(most);
  },
  sameModelParamsAs: async ({ modelParams }, file) => expect(modelParams).toBe((await inspectCase(file)).modelParams),
  classNot: ({ tensors }, elementClass) => {
    const looked = tensors.filter(({ usedBy }) => usedBy.some(({ opType }) => opType === 'Identity'));
    expect(looked).not.toHaveLength(0);
    expect(looked.map((tensor) => tensor.class)).not.toContain(elementClass);
  },
  warning: ({ warnings }, code) => expect(warnings.map((warning) => warning.code)).toContain(code),
  rec: ({ recurrent }, nodes) => expect(recurrent.nodes).toBe(nodes),
  perUse: ({ recurrent }, params) => expect(recurrent.perUse).toBe(params),
  distinct: ({ recurrent }, params) => expect(recurrent.distinct).toBe(params),
  unverifiableNodes: ({ recurrent }, nodes) => expect(recurrent.unverifiableNodes).toBe(nodes),
  verdict: ({ recurrentNodes }, verdict) => {
    expect(recurrentNodes).not.toHaveLength(0);
    for (const node of recurrentNodes) expect(node.verdict).toBe(verdict);
  },
  bias: ({ recurrentNodes }, convention) => {
    for (const node of recurrentNodes) expect(node.biasConvention).toBe(convention);
  },
  decomposedParams: ({ decomposed }, params) => expect(decomposed).toMatchObject({ params, isWhole: true }),
};

test.each(cases)('$file: $why', async ({ file, expect: expected }) => {
  const inspection = await inspectCase(file);
  expect(Object.keys(CHECKS)).toEqual(expect.arrayContaining(Object.keys(expected)));
  for (const [name, value] of Object.entries(expected)) await CHECKS[name]!(inspection, value as never);
});
