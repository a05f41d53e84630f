/** A file that is made where it is read. */
export interface LaidOut {
  byteSize: number;
  read(start: number, end: number): Iterable<Uint8Array>;
}
interface Tensor {
  name: string;
  dims: number[];
  /** Of all its elements; without one they look learned. */
  value?: number;
}
export function layOut(parts: { nodes: object[]; tensors: Tensor[]; inputs?: object[]; outputs?: object[] }): LaidOut;
export function stackOfLstms(sizes: { layers: number; hiddenSize: number }): LaidOut;
export function manyNodes(sizes: { nodes: number; width: number }): LaidOut;
