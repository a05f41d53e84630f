/**
 * Weights and stored tensors as they are kept in JSON: lists of their values, without names. Thousands of them are read for one comparison,
 * and half of their text would be names. Both ways stand here, so that the order does.
 */
import type { Weight } from '../../core/inspection.js';
import type { StoredTensor, TensorUse } from '../../core/stored-tensors.js';

export type WeightValues = [
  role: Weight['role'],
  source: Weight['source'],
  tensor: Weight['tensor'],
  dims: Weight['dims'],
  dtype: Weight['dtype'],
  elements: Weight['elements'],
  byteSize: Weight['byteSize'],
  contentHash: Weight['contentHash'],
  hops: Weight['hops'],
  chain: Weight['chain'],
];

export function keptWeight(weight: Weight): WeightValues {
  const { role, source, tensor, dims, dtype, elements, byteSize, contentHash, hops, chain } = weight;
  return [role, source, tensor, dims, dtype, elements, byteSize, contentHash, hops, chain];
}

export function toWeight(values: WeightValues): Weight {
  return {
    role: values[0],
    source: values[1],
    tensor: values[2],
    dims: values[3],
    dtype: values[4],
    elements: values[5],
    byteSize: values[6],
    contentHash: values[7],
    hops: values[8],
    chain: values[9],
  };
}

type UseValues = [path: TensorUse['path'], opType: TensorUse['opType'], input: TensorUse['input']];
export type TensorValues = [
  name: StoredTensor['name'],
  path: StoredTensor['path'],
  elementClass: StoredTensor['class'],
  reason: StoredTensor['reason'],
  dims: StoredTensor['dims'],
  dtype: StoredTensor['dtype'],
  elements: StoredTensor['elements'],
  params: StoredTensor['params'],
  byteSize: StoredTensor['byteSize'],
  external: StoredTensor['external'],
  contentHash: StoredTensor['contentHash'],
  bitsPerElement: StoredTensor['bitsPerElement'],
  usedBy: UseValues[],
  usedByCount: StoredTensor['usedByCount'],
];

/** Where the class stands in the list of values, for SQL. */
export const CLASS_PLACE = 2;

export function keptTensor(tensor: StoredTensor): TensorValues {
  const { name, path, class: elementClass, reason, dims, dtype, elements, params, byteSize, external } = tensor;
  const { contentHash, bitsPerElement, usedByCount } = tensor;
  const usedBy = tensor.usedBy.map((use): UseValues => [use.path, use.opType, use.input]);
  const figures = [dims, dtype, elements, params, byteSize, external] as const;
  return [name, path, elementClass, reason, ...figures, contentHash, bitsPerElement, usedBy, usedByCount];
}

export function toStoredTensor(values: TensorValues): StoredTensor {
  return {
    name: values[0],
    path: values[1],
    class: values[2],
    reason: values[3],
    dims: values[4],
    dtype: values[5],
    elements: values[6],
    params: values[7],
    byteSize: values[8],
    external: values[9],
    contentHash: values[10],
    bitsPerElement: values[11],
    usedBy: values[12].map(([path, opType, input]) => ({ path, opType, input })),
    usedByCount: values[13],
  };
}
