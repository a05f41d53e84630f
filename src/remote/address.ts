/**
 * What people write for a model on the web, and where that is: https addresses, hf://org/name@revision/file and s3://bucket/key. Opens
 * nothing. What is shown of an address never has a password or a signature in it.
 */
import { WeighbridgeError } from '../core/errors.js';

export interface RemoteAddress {
  /** Without a name, a password and a fragment. */
  url: URL;
  /** As it may be printed. */
  label: string;
  /** For the host of `url` alone. */
  authorization: string | null;
  kind: 'WEB' | 'HUB' | 'BUCKET';
}

/** What the Hugging Face Hub is asked with. */
export interface HubAccess {
  /** `https://huggingface.co`, unless another is set. */
  endpoint?: string | undefined;
  token?: string | undefined;
}

/** For people whose password has signs that end it in an address. */
export const HOW_TO_WRITE_PASSWORDS = 'in a name or password, / # ? @ are written %2F %23 %3F %40';

const DEFAULT_HUB = 'https://huggingface.co';
/** Repositories of models have no prefix in the addresses of the hub. */
const HUB_PREFIXES: Record<string, string> = { models: '', datasets: 'datasets/', spaces: 'spaces/' };

export function isRemoteAddress(text: string): boolean {
  return /^(https?|hf|s3):\/\//i.test(text);
}

/** Throws INPUT_INVALID for what names no file, and CONFIG_INVALID for a hub that is none. */
export function parseAddress(text: string, hub: HubAccess = {}): RemoteAddress {
  if (/^hf:/i.test(text)) return hubAddress(text, hub);
  if (/^s3:/i.test(text)) return bucketAddress(text);
  return webAddress(text, hub);
}

function webAddress(text: string, hub: HubAccess): RemoteAddress {
  if (!URL.canParse(text)) {
    const how = text.includes('@') ? `; ${HOW_TO_WRITE_PASSWORDS}` : '';
    throw invalid(withoutSecrets(text), `is no address${how}`);
  }
  const url = new URL(text);
  const basic = basicAuthorization(url);
  url.username = url.password = url.hash = '';
  const label = withoutSecrets(url.href);
  if (url.pathname.endsWith('/')) throw invalid(label, 'names no file: give the address of the .onnx file itself');
  const isHub = url.origin === endpointOf(hub).origin;
  url.pathname = withoutPage(url, isHub);
  const authorization = basic ?? (isHub && hub.token ? `Bearer ${hub.token}` : null);
  return { url, label, authorization, kind: isHub ? 'HUB' : 'WEB' };
}

/** The header for the name and the password in an address; null without. */
export function basicAuthorization({ username, password }: URL): string | null {
  return username || password ? `Basic ${base64(`${decoded(username)}:${decoded(password)}`)}` : null;
}

/** The file whose page people copy the address of, where that can be told. */
function withoutPage({ hostname, pathname }: URL, isHub: boolean): string {
  if (isHub) return pathname.replace(/^(\/(?:[^/]+\/){2,3})blob\//, '$1resolve/');
  if (hostname === 'github.com') return pathname.replace(/^(\/[^/]+\/[^/]+\/)blob\//, '$1raw/');
  return pathname.replace('/-/blob/', '/-/raw/'); // GitLab, on any host
}

/** Nothing of it is shown: it may hold a password, which the hub takes none of. */
function endpointOf({ endpoint = DEFAULT_HUB }: HubAccess): URL {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw new WeighbridgeError(
      'CONFIG_INVALID',
      'HF_ENDPOINT (in programs, hub.endpoint) must be an http or https address without user or password',
    );
  url.search = url.hash = '';
  return url;
}

function hubAddress(text: string, hub: HubAccess): RemoteAddress {
  const { token } = hub;
  const label = withoutSecrets(text);
  const how = 'write hf://org/name/model.onnx or hf://org/name@revision/model.onnx';
  const path = text.slice('hf://'.length);
  const [, type = 'models', owner, name, given = 'main', file] =
    /^(?:(models|datasets|spaces)\/)?([\w.-]+)\/([\w.-]+)(?:@(refs\/(?:pr|convert)\/[^/]+|[^/]+))?\/(.+)$/.exec(path) ??
    [];
  if (owner === undefined || name === undefined || file === undefined || file.endsWith('/'))
    throw invalid(label, `names no file of a repository: ${how}`);
  if (file.includes('?')) throw invalid(label, 'a file of a repository is named alone: leave out what is behind ?');
  const names = file.split('/');
  if (names.some((each) => ['', '.', '..'].includes(each)))
    throw invalid(label, `names no file of a repository: ${how}`);
  const revision = encodeURIComponent(decoded(given));
  const at = `${HUB_PREFIXES[type]}${owner}/${name}/resolve/${revision}/${names.map(encodeURIComponent).join('/')}`;
  const url = new URL(`${endpointOf(hub).href.replace(/\/+$/, '')}/${at}`);
  return { url, label, authorization: token ? `Bearer ${token}` : null, kind: 'HUB' };
}

/** As anybody may ask: nothing is signed here. */
function bucketAddress(text: string): RemoteAddress {
  const label = withoutSecrets(text);
  const [, bucket, key] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.*[^/])$/i.exec(text) ?? [];
  if (bucket === undefined || key === undefined) throw invalid(label, 'names no file: write s3://bucket/key.onnx');
  if (key.includes('?')) throw invalid(label, 'an object is named alone: give the https address that was signed');
  const path = key.split('/').map(encodeURIComponent).join('/');
  // A certificate for all buckets is not one for names with dots.
  const url = new URL(
    bucket.includes('.') ? `https://s3.amazonaws.com/${bucket}/${path}` : `https://${bucket}.s3.amazonaws.com/${path}`,
  );
  return { url, label, authorization: null, kind: 'BUCKET' };
}

/** Where a bucket is, if the host says only in which region. */
export function regionalAddress({ kind, url }: RemoteAddress, headers: Headers): string | null {
  const region = headers.get('x-amz-bucket-region') ?? '';
  if (kind !== 'BUCKET' || !/^[a-z0-9-]+$/.test(region)) return null;
  return url.href.replace('s3.amazonaws.com', `s3.${region}.amazonaws.com`);
}

/** A file that a model names, in its folder: asked for as the model was. */
export function besideAddress(model: RemoteAddress, location: string): RemoteAddress {
  const url = new URL(model.url);
  const folder = url.pathname.replace(/[^/]*$/, '');
  url.pathname = folder + location.split('/').map(encodeURIComponent).join('/');
  return { ...model, url, label: model.label.replace(/[^/]*$/, location) };
}

/** As far as it may be printed, whatever it is. Presigned addresses have their key in the query. */
export function withoutSecrets(address: string): string {
  const [, scheme = '', rest = ''] = /^((?:[a-z][a-z0-9+.-]+:|\/)[/\\\s]+)(.*)$/is.exec(address) ?? [];
  if (rest === '') return withoutQuery(address);
  const isWeb = /^https?:/i.test(scheme);
  if (isWeb && URL.canParse(address)) {
    const url = new URL(address);
    url.username = url.password = url.search = url.hash = '';
    return url.href;
  }
  // What does not parse may have any sign in its password, and so may the keys that some write before a bucket.
  const end = rest.lastIndexOf('@') + 1;
  const mayBePassword = end > 0 && (isWeb || /^[^/@]*[:@]/.test(rest));
  const shown = mayBePassword ? rest.slice(end) : rest;
  // The last @ may also be in a signature, and then what follows is of it.
  const isUnclear = mayBePassword && /[?#]/.test(rest.slice(0, end));
  return `${scheme.replace(/\s/g, '')}${isUnclear ? '…' : withoutQuery(shown)}`;
}

function withoutQuery(text: string): string {
  return text.replace(/[?#].*$/s, '');
}

function invalid(label: string, problem: string): WeighbridgeError {
  return new WeighbridgeError('INPUT_INVALID', `${label}: ${problem}`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
