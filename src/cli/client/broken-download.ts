/** A download that goes on where its connection broke off. Never joins bytes of something else: what follows is asked for by its mark and its place. */
import type { IncomingMessage } from 'node:http';
import { WeighbridgeError } from '../../core/errors.js';
import { complain } from '../terminal/output.js';
import { MayPass } from './patience.js';

/** A download goes on where it broke off so often, and again after each of so many bytes. */
const MAX_BREAKS = 5;
const BREAKS_FORGOTTEN_BYTES = 8 * 1024 * 1024;

interface Download {
  /** Of the first byte of the first answer. */
  start: number;
  /** Asks for what begins there, of the same bytes; null where that cannot be asked. */
  rest: ((at: number) => Promise<IncomingMessage>) | null;
  /** Throws MayPass where it breaks off. */
  read: (response: IncomingMessage) => AsyncIterable<Uint8Array>;
}

/** Goes on behind what has come, where a connection breaks off; `rest` asks for it. */
export async function* readOn(first: IncomingMessage, { start, rest, read }: Download): AsyncGenerator<Uint8Array> {
  let [response, at, brokenAt, breaks] = [first, start, start, 0];
  for (;;) {
    let fault: MayPass;
    try {
      for await (const chunk of read(response)) {
        at += chunk.length;
        yield chunk;
      }
      return;
    } catch (error) {
      if (!(error instanceof MayPass) || rest === null) throw error;
      fault = error;
    }
    breaks = at - brokenAt > BREAKS_FORGOTTEN_BYTES ? 1 : breaks + 1;
    brokenAt = at;
    if (breaks > MAX_BREAKS) throw fault;
    complain(`${fault.message}; goes on behind ${at - start} bytes`);
    response = await rest(at);
    const isNext = response.statusCode === 206 && response.headers['content-range']?.startsWith(`bytes ${at}-`);
    if (isNext !== true) {
      response.destroy();
      throw new WeighbridgeError(fault.code, `${fault.message}, and what follows cannot be asked for alone: try again`);
    }
  }
}
