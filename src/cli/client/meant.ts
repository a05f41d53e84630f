/**
 * The name of a model that is likely meant by one that is not there, for every command: what a registry refuses for want of a model is told
 * with it. Asks for names only then, and never answers for the registry: without a name that is near, its words stand as they are.
 */
import { WeighbridgeError } from '../../core/errors.js';
import { isMisspelt, likeliest } from '../../core/spelling.js';
import { AliasNames, ModelNames } from '../generated/operations.js';
import type { Operation, RegistryClient, UserError } from './registry-client.js';

/** How many names are looked at. */
const NAMES_ASKED = 100;
/** Longer names are none, and no slip of one. */
const MAX_NAME = 300;

/** For the name of a model that is not there. */
export async function noSuchModel(client: RegistryClient, name: string): Promise<WeighbridgeError> {
  const message = `no model ${name}, or none that this token can see`;
  return new WeighbridgeError('MODEL_NOT_FOUND', message + (await sayMeant(client, name)));
}

/** Throws MODEL_NOT_FOUND where the token can see no model of this name. */
export async function requireModel(client: RegistryClient, name: string): Promise<void> {
  const { model } = await client.ask(AliasNames, { model: name, first: 1 });
  if (model === null) throw await noSuchModel(client, name);
}

/** The one that has a typing error in it, for what must be sure of it; null where there is none. */
export async function findMisspelt(client: RegistryClient, model: string): Promise<string | null> {
  return (await namesLike(client, model)).find((name) => isMisspelt(model, name)) ?? null;
}

async function sayMeant(client: RegistryClient, model: string): Promise<string> {
  // Of what is asked besides an error, an error says nothing: the first one is told.
  const like = await namesLike(client, model).catch((): string[] => []);
  const names = like.filter((name) => name !== model);
  const meant = names.find((name) => isMisspelt(model, name)) ?? likeliest(model, names);
  return meant === null ? '; weighbridge models list has those that are there' : `; did you mean ${meant}?`;
}

/** Where one letter is wrong, one half of the name is right. */
async function namesLike(client: RegistryClient, model: string): Promise<string[]> {
  if (model.length > MAX_NAME) return [];
  const middle = Math.floor(model.length / 2);
  const [start, end] = [model.slice(0, Math.max(0, middle - 1)), model.slice(middle + 1)];
  const { models } = await client.ask(ModelNames, { start, end, first: NAMES_ASKED });
  return models.nodes.map(({ name }) => name);
}

/** The client, whose refusals for want of a model name the one that is likely meant. */
export function suggesting(client: RegistryClient): RegistryClient {
  async function ask<Data, Variables extends object>(
    operation: Operation<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    const data = await client.ask(operation, variables).catch(async (error: unknown) => {
      const isMissing = error instanceof WeighbridgeError && error.code === 'MODEL_NOT_FOUND';
      throw isMissing ? new WeighbridgeError(error.code, await told(error.message, variables)) : error;
    });
    for (const answer of Object.values(data as Record<string, { userErrors?: UserError[] } | null>)) {
      for (const error of answer?.userErrors ?? [])
        if (error.code === 'MODEL_NOT_FOUND') error.message = await told(error.message, variables);
    }
    return data;
  }

  async function told(message: string, variables: object): Promise<string> {
    // Of two, the one that is missing is in the message.
    const named = modelsIn(variables).filter((name) => message.includes(name));
    const [missing] = named.sort((one, other) => other.length - one.length); // one may be a part of the other
    return missing === undefined ? message : message + (await sayMeant(client, missing));
  }

  return { ...client, ask };
}

/** The names of models in the variables of an operation, wherever they are. */
function modelsIn(variables: object): string[] {
  return Object.entries(variables).flatMap(([key, value]: [string, unknown]) => {
    if (typeof value === 'string') return key === 'model' ? [value] : [];
    return typeof value === 'object' && value !== null ? modelsIn(value) : [];
  });
}
