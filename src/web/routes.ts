/** The addresses of the pages. `src/http/pages.ts` has the same, so that each can be opened, reloaded and sent to others. */

/** With the slash of a namespace as it is. */
export const modelAddress = (model: string): string => `/models/${model.split('/').map(encodeURIComponent).join('/')}`;

/** The name in an address of a model's page; the router leaves `%2F` as it is, which no name has. */
export const modelOf = ({ namespace, model = '' }: { namespace?: string; model?: string }): string =>
  (namespace === undefined ? model : `${namespace}/${model}`).replace(/%2f/gi, '/');

/** By number or alias. */
export const versionAddress = (model: string, ref: number | string): string =>
  `${modelAddress(model)}/versions/${encodeURIComponent(ref)}`;

/** The bytes, with the session of the browser. */
export const downloadAddress = (model: string, ref: number | string): string =>
  `${versionAddress(model, ref)}/artifact`;

export const publishAddress = (model: string): string => `/publish?model=${encodeURIComponent(model)}`;

/** Sides as people write them: `model@3`, `model@production`, a digest. */
export const compareAddress = (base: string, compare: string): string =>
  `/compare?${new URLSearchParams({ base, compare }).toString()}`;

/** By the id that GraphQL gives. */
export const checkAddress = (id: string): string => `/checks/${encodeURIComponent(id)}`;

/** Those of a model that failed. */
export const failuresAddress = (model: string): string =>
  `/checks?${new URLSearchParams({ model, outcome: 'FAIL' }).toString()}`;
