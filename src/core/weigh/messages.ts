/** What the page that weighs and its worker say to each other: types alone. A file passes as a handle, so that nothing of it is copied. */
import type { Inspection } from '../inspection.js';
import type { Estimates } from '../layer/workload.js';

export interface WeighRequest {
  model: Blob;
  /** The other files that were chosen, by their place in the folder of the model. */
  besides: readonly { location: string; file: Blob }[];
}

/** As the library answers with tensors and estimates. */
export interface WeighedFile extends Inspection {
  estimates: Estimates;
}

export type WeighReply =
  | { kind: 'progress'; readBytes: number }
  | { kind: 'weighed'; weighed: WeighedFile }
  | { kind: 'refused'; code: string; message: string };
