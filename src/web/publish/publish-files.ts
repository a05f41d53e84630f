/**
 * Publishes a model with its external data: those files first, each under its digest, then the model, which names them. Or asks for the
 * verdict of its budgets alone.
 */
import type { DryCheckAnswer, PublishedAnswer } from '../../core/route-answers.js';
import { modelAddress } from '../../core/addresses.js';
import { createSender, type Watch } from '../upload/sender.js';
import type { ChosenFiles } from './chosen-files.js';

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

/** Rejects as a sender does. */
export async function publishFiles(request: PublishRequest, watch: Watch): Promise<PublishedAnswer> {
  const { model, external } = request.files;
  const sender = createSender([...external, model], watch);
  const parameters = parametersOf(request);
  for (const file of external) {
    const { digest } = await sender.store(file);
    parameters.append('externalData', `${file.name}=${digest}`);
  }
  const path = `${modelAddress(request.model)}/versions?${parameters.toString()}`;
  return (await sender.send('PUT', path, model)) as PublishedAnswer;
}

/** Nothing is kept. External data is not sent, but its sizes are. */
export async function checkFiles(
  { files: { model, external }, ...request }: PublishRequest,
  watch: Watch,
): Promise<DryCheckAnswer> {
  const parameters = new URLSearchParams();
  for (const { name, size } of external) parameters.append('externalData', `${name}=${size}`);
  const query = parameters.size === 0 ? '' : `?${parameters.toString()}`;
  const path = `${modelAddress(request.model)}/check${query}`;
  return (await createSender([model], watch).send('POST', path, model)) as DryCheckAnswer;
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
