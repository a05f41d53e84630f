/**
 * Publishes a model with its external data: those files first, each under its digest, then the model, which names them. Or asks for the
 * verdict of its budgets alone.
 */
import type { RecurrentNode, InspectionWarning, RecurrentTotals, Verdict } from '../../core/inspection.js';
import type { FileCheck } from './check-result.js';
import type { ChosenFiles } from './chosen-files.js';
import { digestOf } from './digest.js';
import { sendFile } from './send-file.js';

export interface PublishRequest {
  files: ChosenFiles;
  model: string;
  aliases: string[];
  labels: string[];
  notes: string;
  /** The author's own count, as it was entered. */
  declaredParams: string;
  /** Makes a version even of the latest version's bytes. */
  force: boolean;
}

/** As `PUT /models/{name}/versions` answers. */
export interface Published {
  model: string;
  number: number;
  digest: string;
  byteSize: number;
  unchanged: boolean;
  totals: { recurrent: RecurrentTotals; modelParams: number; storedElements: number; nodeCount: number };
  verdicts: Record<Verdict, number>;
  /** The first 20. */
  recurrentNodes: Omit<RecurrentNode, 'weights'>[];
  warnings: InspectionWarning[];
  /** Null without budgets, and where no version was made. */
  check: FileCheck | null;
  /** Protected aliases that stayed where they were, since the check fails. */
  heldAliases: string[];
}

export interface Progress {
  step: 'hashing' | 'sending' | 'weighing';
  /** Name of the file that is worked on. */
  file: string;
  /** Over all files. */
  sentBytes: number;
  totalBytes: number;
}

export interface Watch {
  onProgress: (progress: Progress) => void;
  signal: AbortSignal;
}

/** Rejects with RequestFailed, with an AbortError, or with what the browser says of a file that cannot be read. */
export async function publishFiles(request: PublishRequest, watch: Watch): Promise<Published> {
  const { model, external } = request.files;
  const totalBytes = [model, ...external].reduce((sum, { size }) => sum + size, 0);
  let sentBefore = 0;
  const send = async (path: string, file: File): Promise<unknown> => {
    const answer = await sendWatched({ method: 'PUT', path, file, sentBefore, totalBytes }, watch);
    sentBefore += file.size;
    return answer;
  };
  const parameters = parametersOf(request);
  for (const file of external) {
    const onRead = (): void =>
      watch.onProgress({ step: 'hashing', file: file.name, sentBytes: sentBefore, totalBytes });
    const digest = await digestOf(file, onRead, watch.signal);
    await send(`/blobs/${digest}`, file);
    parameters.append('externalData', `${file.name}=${digest}`);
  }
  const path = `/models/${encodeURIComponent(request.model)}/versions?${parameters.toString()}`;
  return (await send(path, model)) as Published;
}

/** Nothing is kept. External data counts as what the model's tensors claim of it, and is not sent. */
export async function checkFiles({ files: { model }, ...request }: PublishRequest, watch: Watch): Promise<FileCheck> {
  const path = `/models/${encodeURIComponent(request.model)}/check`;
  const sending = { method: 'POST', path, file: model, sentBefore: 0, totalBytes: model.size } as const;
  return (await sendWatched(sending, watch)) as FileCheck;
}

interface Sending {
  method: 'PUT' | 'POST';
  path: string;
  file: File;
  sentBefore: number;
  totalBytes: number;
}

async function sendWatched(sending: Sending, { onProgress, signal }: Watch): Promise<unknown> {
  const { method, path, file, sentBefore, totalBytes } = sending;
  const report = (sent: number): void => {
    const sentBytes = sentBefore + sent;
    onProgress({ step: sentBytes >= totalBytes ? 'weighing' : 'sending', file: file.name, sentBytes, totalBytes });
  };
  report(0);
  // The browser counts what frames the body too.
  const onSent = (sent: number): void => report(Math.min(sent, file.size));
  return sendFile({ method, path, file, onSent, signal });
}

function parametersOf({ aliases, labels, notes, declaredParams, force }: PublishRequest): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const alias of aliases) parameters.append('alias', alias);
  for (const label of labels) parameters.append('label', label);
  if (notes !== '') parameters.set('notes', notes);
  if (declaredParams !== '') parameters.set('declaredParams', declaredParams);
  if (force) parameters.set('force', 'true');
  return parameters;
}
