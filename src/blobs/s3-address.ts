/** Where an object store is: `s3://bucket/prefix?endpoint=…&region=…`, as an operator writes it. Never holds credentials: the SDK finds those. */

export interface S3Address {
  bucket: string;
  /** Before the name of each object: empty, or with a slash at its end. */
  prefix: string;
  /** Null is that of Amazon for the region. */
  endpoint: string | null;
  /** Null is what the SDK finds in its own variables and files. */
  region: string | null;
}

export const S3_ADDRESS_FORM =
  's3://bucket/prefix?endpoint=https://host:port&region=name, with prefix, endpoint and region or without';

/** Servers other than Amazon's want one for the signature, whatever it is. */
const ANY_REGION = 'us-east-1';

/** Null for what is none. */
export function parseS3Address(text: string): S3Address | null {
  // A URL would take such steps out, in silence.
  if (!URL.canParse(text) || /\/\.\.?(\/|\?|$)/.test(text)) return null;
  const { protocol, hostname, port, username, password, pathname, searchParams, hash } = new URL(text);
  if (protocol !== 's3:' || `${port}${username}${password}${hash}` !== '') return null;
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(hostname)) return null;
  const prefix = pathname.replace(/^\/|\/$/g, '');
  if (!/^([\w.~-]+(\/[\w.~-]+)*)?$/.test(prefix)) return null;
  const names = [...searchParams.keys()];
  if (new Set(names).size !== names.length || names.some((name) => name !== 'endpoint' && name !== 'region'))
    return null;
  const endpoint = searchParams.get('endpoint');
  if (endpoint !== null && !isEndpoint(endpoint)) return null;
  const region = searchParams.get('region') ?? (endpoint === null ? null : ANY_REGION);
  if (region !== null && !/^[\w-]{1,64}$/.test(region)) return null;
  return { bucket: hostname, prefix: prefix === '' ? '' : `${prefix}/`, endpoint, region };
}

function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === '';
}
