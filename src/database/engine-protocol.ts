/**
 * What of PostgreSQL's protocol is made and read here and not by PostgreSQL or its driver: the greeting of a connection, the refusal of
 * a statement that was stopped, where a message ends. Everything else passes as bytes.
 * https://www.postgresql.org/docs/18/protocol-message-formats.html
 */

/** Runs whole messages of a client; the answers come in pieces. Rejects when this connection gets no more answers. */
export type Run = (messages: Uint8Array, onAnswer: (bytes: Uint8Array) => void) => Promise<void>;

/** A session of its own to run them in; `onLost` is told when it ended without having been asked to. */
export type Connect = (onLost: (error: Error) => void) => Run;

/** A letter and a length, which counts itself. */
const HEADER = 5;

/** Authentication is done; ready, and not in a transaction. */
export const GREETING: Uint8Array = Buffer.concat([frame('R', Buffer.alloc(4)), frame('Z', Buffer.from('I'))]);

/** As a server says it whose statement_timeout is over. */
export const STATEMENT_STOPPED: Uint8Array = frame(
  'E',
  Buffer.from('SERROR\0VERROR\0C57014\0Mcanceling statement due to statement timeout\0\0'),
);

export const TERMINATE = 'X'.charCodeAt(0);

/** A statement as text. */
export function simpleQuery(text: string): Uint8Array {
  return frame('Q', Buffer.from(`${text}\0`));
}

/** Whether they end a transaction, as the driver writes it. */
export function isCommit(messages: Uint8Array): boolean {
  return messages.length < 256 && Buffer.from(messages).includes('COMMIT\0');
}

/** The messages one by one. */
export function* eachMessage(messages: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(messages.buffer, messages.byteOffset, messages.byteLength);
  for (let start = 0; start < messages.length;) {
    const end = start + 1 + view.getUint32(start + 1);
    yield messages.subarray(start, end);
    start = end;
  }
}

function frame(kind: string, body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER);
  header.write(kind, 'latin1');
  header.writeUInt32BE(HEADER - 1 + body.length, 1);
  return Buffer.concat([header, body]);
}
