/** The client that others use for resumable uploads: tus-js-client, by the little of it that tests ask for, since its own types are those of a browser. */
import { createRequire } from 'node:module';

interface TusUpload {
  url: string | null;
  start(): void;
  abort(terminate?: boolean): Promise<void>;
}

export interface TusOptions {
  endpoint?: string;
  uploadUrl?: string;
  headers: Record<string, string>;
  metadata?: Record<string, string>;
  chunkSize?: number;
  retryDelays?: number[];
  uploadDataDuringCreation?: boolean;
  overridePatchMethod?: boolean;
  onProgress?: (sent: number, all: number) => void;
  onChunkComplete?: (chunk: number, accepted: number, all: number) => void;
}

interface Tus {
  Upload: new (
    bytes: Buffer,
    options: TusOptions & { onSuccess: () => void; onError: (error: Error) => void },
  ) => TusUpload;
}

const require = createRequire(import.meta.url);
const tus = require('tus-js-client') as Tus;

/** `done` resolves to the address of the upload, or rejects with what the client gave up for. */
export function uploadByTus(bytes: Uint8Array, options: TusOptions): { upload: TusUpload; done: Promise<string> } {
  let upload!: TusUpload;
  const done = new Promise<string>((resolve, reject) => {
    upload = new tus.Upload(Buffer.from(bytes), {
      ...options,
      onSuccess: () => resolve(upload.url ?? ''),
      onError: reject,
    });
  });
  upload.start();
  return { upload, done };
}
