/** Sends files one after the other, with one count of bytes over all of them. */
import { digestOf } from './digest.js';
import { sendFile } from './send-file.js';

export interface Progress {
  step: 'hashing' | 'sending' | 'weighing';
  /** Name of the file that is worked on. */
  file: string;
  /** Of the file while it is hashed, else over all files. */
  doneBytes: number;
  totalBytes: number;
}

export interface Watch {
  onProgress: (progress: Progress) => void;
  signal: AbortSignal;
}

/** As `PUT /blobs/{digest}` answers. */
interface Stored {
  digest: string;
  /** Why the bytes are not a model; null for a model. */
  refusal: { code: string; message: string } | null;
}

/** Both reject with RequestFailed, with an AbortError, or with what the browser says of a file that cannot be read. */
export interface Sender {
  send(method: 'PUT' | 'POST', path: string, file: File): Promise<unknown>;
  /** Under its digest, to be named later. */
  store(file: File): Promise<Stored>;
}

/** `files` are all that will be sent. */
export function createSender(files: readonly File[], { onProgress, signal }: Watch): Sender {
  const totalBytes = files.reduce((sum, { size }) => sum + size, 0);
  let sentBefore = 0;

  async function send(method: 'PUT' | 'POST', path: string, file: File): Promise<unknown> {
    const report = (sent: number): void => {
      const doneBytes = sentBefore + sent;
      onProgress({ step: doneBytes >= totalBytes ? 'weighing' : 'sending', file: file.name, doneBytes, totalBytes });
    };
    report(0);
    // The browser counts what frames the body too.
    const onSent = (sent: number): void => report(Math.min(sent, file.size));
    const answer = await sendFile({ method, path, file, onSent, signal });
    sentBefore += file.size;
    return answer;
  }

  return {
    send,
    async store(file) {
      const onRead = (doneBytes: number): void =>
        onProgress({ step: 'hashing', file: file.name, doneBytes, totalBytes: file.size });
      const digest = await digestOf(file, onRead, signal);
      return (await send('PUT', `/blobs/${digest}`, file)) as Stored;
    },
  };
}
