/**
 * The addresses: the list of the pages, which the server serves and the router of the pages shows, and what makes links. Pure; knows
 * nothing of what a page shows, nor whether there is such a model.
 */

/** Every page. `:name` is what varies, as Express and the router of the pages both read it. */
export const PAGE_PATHS = {
  registry: '/',
  model: '/models/:model',
  modelInNamespace: '/models/:namespace/:model',
  version: '/models/:model/versions/:ref',
  versionInNamespace: '/models/:namespace/:model/versions/:ref',
  weigh: '/weigh',
  compare: '/compare',
  audit: '/audit',
  checks: '/checks',
  check: '/checks/:id',
  calculator: '/calculator',
  publish: '/publish',
  api: '/api',
  signIn: '/sign-in',
} as const;

/** With the slash of a namespace as it is. */
export const modelAddress = (model: string): string => `/models/${model.split('/').map(encodeURIComponent).join('/')}`;

/** The name in an address of a model's page; the router leaves `%2F` as it is, which no name has. */
export const modelOf = ({ namespace, model = '' }: { namespace?: string; model?: string }): string =>
  (namespace === undefined ? model : `${namespace}/${model}`).replace(/%2f/gi, '/');

/** By number or alias. */
export const versionAddress = (model: string, ref: number | string): string =>
  `${modelAddress(model)}/versions/${encodeURIComponent(ref)}`;

/** The bytes of a version. */
export const downloadAddress = (model: string, ref: number | string): string =>
  `${versionAddress(model, ref)}/artifact`;

export const publishAddress = (model: string): string => `${PAGE_PATHS.publish}?model=${encodeURIComponent(model)}`;

/** Sides as people write them: `model@3`, `model@production`, a digest. */
export const compareAddress = (base: string, compare: string): string =>
  `${PAGE_PATHS.compare}?${new URLSearchParams({ base, compare }).toString()}`;

/** By the id that GraphQL gives. */
export const checkAddress = (id: string): string => `${PAGE_PATHS.checks}/${encodeURIComponent(id)}`;

/** Those that failed, of one model or of all. */
export const failuresAddress = (model = ''): string =>
  `${PAGE_PATHS.checks}?${new URLSearchParams({ ...(model !== '' && { model }), outcome: 'FAIL' }).toString()}`;

/** `next` is opened after that. */
export const signInAddress = (next: string): string => `${PAGE_PATHS.signIn}?next=${encodeURIComponent(next)}`;

/** A copy of the whole database. */
export const BACKUP_ADDRESS = '/backup';

/** The bytes of this digest, whoever uploaded them. */
export const backupArtifactAddress = (digest: string): string => `${BACKUP_ADDRESS}/artifacts/${digest}`;

/** The bytes of this digest. */
export const artifactAddress = (digest: string): string => `/artifacts/${digest}`;

/** Uploads that come in pieces begin here, and have their addresses below. */
export const UPLOADS_ADDRESS = '/uploads';
