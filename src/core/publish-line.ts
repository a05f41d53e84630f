/** What a publish came to, in one line, for command line, HTTP and GraphQL. Names in it come from clients: who shows it escapes it. Pure. */

export interface PublishedNews {
  model: string;
  number: number;
  unchanged: boolean;
  /** The name was new. */
  modelCreated: boolean;
  heldAliases: readonly { name: string }[];
}

/** That an alias was held back comes first: whoever reads one line must not take it for moved. */
export function publishLine({ model, number, unchanged, modelCreated, heldAliases }: PublishedNews): string {
  const what = unchanged
    ? `${model} is unchanged: these are the bytes of its version ${number}`
    : `Published ${model} version ${number}${modelCreated ? ', a new model' : ''}`;
  if (heldAliases.length === 0) return what;
  const names = heldAliases.map(({ name }) => name).join(', ');
  return `NOT MOVED: ${names}. ${what}, which its budgets refuse for ${heldAliases.length === 1 ? 'this alias' : 'these aliases'}`;
}
