/** Bytes as lines, however they are cut into chunks. Must never hold more than a line. */
import { WeighbridgeError } from '../errors.js';

export const LINE_BREAK = 10;

/** What a string of this platform holds; rows of ours are far shorter. */
const MAX_LINE_BYTES = 256 * 1024 * 1024;

/** Without their line breaks. What follows the last one is no line. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_BREAK); end >= 0; end = chunk.indexOf(LINE_BREAK, start)) {
      pieces.push(chunk.subarray(start, end));
      yield joined(pieces, length + end - start);
      [pieces, length, start] = [[], 0, end + 1];
    }
    pieces.push(chunk.slice(start));
    length += chunk.length - start;
    if (length > MAX_LINE_BYTES)
      throw new WeighbridgeError('BACKUP_INVALID', 'the copy of the database is no good: it has a line without an end');
  }
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
