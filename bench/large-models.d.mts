/** A file that is made where it is read. */
export interface LaidOut {
  byteSize: number;
  read(start: number, end: number): Iterable<Uint8Array>;
}
export function stackOfLstms(sizes: { layers: number; hiddenSize: number }): LaidOut;
export function manyNodes(sizes: { nodes: number; width: number; largeEvery?: number }): LaidOut;
