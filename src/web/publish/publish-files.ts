/**
 * Publishes a model with its external data: those files first, each under its digest, then the model, which names them. Or asks for the
 * verdict of its budgets alone.
 */
import type { DryCheckAnswer, PublishedAnswer } from '../../core/route-answers.js';
import { modelAddress } from '../../core/addresses.js';
import { createSender, type Watch } from '../upload/sender.js';
import type { ChosenFiles } from './chosen-files.js';
import { filesLikelyNamedBy, filesNamedBy, mayNameFiles } from './named-files.js';

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
  /** Publishes the model file alone, whatever it names: its size is then not known. */
  withoutExternalData: boolean;
}

/** Rejects as a sender does, and with EXTERNAL_DATA_MISSING where the model names files that were not chosen. */
export async function publishFiles(request: PublishRequest, watch: Watch): Promise<PublishedAnswer> {
  const { model, external, isFolder } = request.files;
  const isAlone =
    request.withoutExternalData || (external.length === 0 && !isFolder && !(await mayNameFiles(model, watch)));
  const parameters = parametersOf(request);
  const path = () => `${modelAddress(request.model)}/versions?${parameters.toString()}`;
  if (isAlone) {
    return (await createSender([model], watch).send('PUT', path(), model)) as PublishedAnswer;
  }
  // The registry reads which files the model names; with its data elsewhere it is small enough to be sent twice.
  const { digest } = await createSender([model], watch).store(model);
  const named = await filesNamedBy(digest, request.files);
  const sender = createSender([...named.map(({ file }) => file), model], watch);
  for (const { location, file } of named) {
    const stored = await sender.store(file);
    parameters.append('externalData', `${location}=${stored.digest}`);
  }
  return (await sender.send('PUT', path(), model)) as PublishedAnswer;
}

/** Nothing is kept. External data is not sent, but its sizes are. */
export async function checkFiles({ files, ...request }: PublishRequest, watch: Watch): Promise<DryCheckAnswer> {
  const parameters = new URLSearchParams();
  const named = request.withoutExternalData ? [] : await filesLikelyNamedBy(files);
  for (const { location, file } of named) {
    parameters.append('externalData', `${location}=${file.size}`);
  }
  const query = parameters.size === 0 ? '' : `?${parameters.toString()}`;
  const path = `${modelAddress(request.model)}/check${query}`;
  return (await createSender([files.model], watch).send('POST', path, files.model)) as DryCheckAnswer;
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
