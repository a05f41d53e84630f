/** Lists that an inspection keeps as JSON, to core types: cells written out, stored tensors, duplicates. */
import type { DecomposedCell } from '../../core/inspection.js';
import { workOfCell } from '../../core/layer/estimate.js';
import type { DuplicateGroup, StoredTensor } from '../../core/stored-tensors.js';
import type { Prisma } from '../../database/client.js';
import { fromJson } from './from-json.js';
import { type TensorValues, toStoredTensor } from './kept-values.js';

/** A member of a list; the id is the inspection's. */
export interface StoredMemberRow {
  id: string;
  member: Prisma.JsonValue;
}

export function toDecomposedCell(row: StoredMemberRow): DecomposedCell {
  return withWork(fromJson<WrittenCell>(row.member));
}

export function toDecomposedCells(row: { cells: Prisma.JsonValue }): DecomposedCell[] {
  return fromJson<WrittenCell[]>(row.cells).map(withWork);
}

type Variant = 'projectionSize' | 'coupledGates';
/** Before inspection version 4 cells of other kinds were not found. */
type WrittenCell = Omit<DecomposedCell, Variant> & Partial<Pick<DecomposedCell, Variant>>;

function withWork({ projectionSize = null, coupledGates = false, ...rest }: WrittenCell): DecomposedCell {
  const cell = { ...rest, projectionSize, coupledGates };
  return { ...cell, ...workOfCell(cell) };
}

export function toTensorOfList(row: StoredMemberRow): StoredTensor {
  return toStoredTensor(fromJson<TensorValues>(row.member));
}

export function toStoredTensors(row: { tensors: Prisma.JsonValue }): StoredTensor[] {
  return fromJson<TensorValues[]>(row.tensors).map(toStoredTensor);
}

export function toDuplicateGroup(row: StoredMemberRow): DuplicateGroup {
  return fromJson<DuplicateGroup>(row.member);
}
