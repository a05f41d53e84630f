/** Lists that an inspection keeps as JSON, to core types: cells written out, stored tensors, duplicates. */
import type { DecomposedCell } from '../../core/inspection.js';
import { workOfCell } from '../../core/layer/estimate.js';
import type { DuplicateGroup, StoredTensor } from '../../core/stored-tensors.js';
import type { Prisma } from '../../database/client.js';

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

export function toStoredTensor(row: StoredMemberRow): StoredTensor {
  return withParams(fromJson<WrittenTensor>(row.member));
}

export function toStoredTensors(row: { tensors: Prisma.JsonValue }): StoredTensor[] {
  return fromJson<WrittenTensor[]>(row.tensors).map(withParams);
}

export function toDuplicateGroup(row: StoredMemberRow): DuplicateGroup {
  return fromJson<DuplicateGroup>(row.member);
}

/** Before inspection version 4 nothing was said of params: each element of class weight was one. */
type WrittenTensor = Omit<StoredTensor, 'params'> & { params?: number | null };

function withParams(tensor: WrittenTensor): StoredTensor {
  return { params: tensor.class === 'weight' ? tensor.elements : 0, ...tensor };
}

/** Only inspections.ts writes these columns, with these types. */
function fromJson<T>(value: Prisma.JsonValue): T {
  return value as T;
}
