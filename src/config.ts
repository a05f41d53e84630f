/**
 * The settings of the server, and with environment.ts the only reader of process.env. Every problem is told at once, and a misspelt
 * WEIGHBRIDGE_ variable is a problem too. Never shows the value of a setting that may hold a password. One file
 * over 350 lines: the table of the settings is most of it, and a misspelt name is told from all of them.
 */
import { z } from 'zod';
import { parseS3Address, S3_ADDRESS_FORM, type S3Address } from './blobs/s3-address.js';
import { WeighbridgeError } from './core/errors.js';

/** As core's: this file imports next to nothing. */
const APPROVALS_BY = ['ANYONE', 'OTHERS'] as const;
const DOWNLOADS = ['stream', 'redirect'] as const;
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

interface UploadSettings {
  maxBlobBytes: number;
  uploads: number;
  uploadsPerToken: number;
  stallBytes: number;
  stallMs: number;
  connections: number;
}

export interface Config {
  /** Folder of the embedded database, the blobs and the first admin token. */
  data: string;
  host: string;
  /** 0 lets the system choose. */
  port: number;
  /** Where users reach the registry, without a slash at the end; null where that is where it listens. */
  publicUrl: string | null;
  /** A PostgreSQL server; null is the embedded database in the data folder. */
  databaseUrl: string | null;
  /** A replica of it, for lists and audits. */
  databaseUrlRead: string | null;
  /** How far behind it may be. */
  readLagMs: number;
  /** An object store; null is the data folder. */
  blobs: S3Address | null;
  /** Whether bytes go through this process, or whoever may have them is sent to the object store. */
  downloads: (typeof DOWNLOADS)[number];
  /** In lower case. */
  hosts: string[];
  anonymousRead: boolean;
  /** Who may approve a failed check. */
  approvalsBy: (typeof APPROVALS_BY)[number];
  /** How long a browser stays signed in. */
  sessionHours: number;
  logLevel: LogLevel;
  limits: UploadSettings;
}

const integer = (from: number, to: number) =>
  z
    .string()
    .regex(/^[0-9]{1,16}$/)
    .transform(Number)
    .refine((value) => value >= from && value <= to);

const text = z
  .string()
  .trim()
  .min(1)
  .refine((value) => !value.includes('\0'));

const hostNames = z
  .string()
  .transform((value) =>
    value
      .toLowerCase()
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean),
  )
  .refine((names) => names.length > 0 && names.every((name) => /^[\w-]+(\.[\w-]+)*$/.test(name)));

/** A path of plain letters: it stands in pages, cookies and settings of proxies as it is. */
const publicUrl = z
  .string()
  .refine((value) => isPlainUrl(value) && /^https?:\/\/[^/?#]+(\/[\w.~-]+)*\/?$/i.test(value))
  .transform((value) => new URL(value).href.replace(/\/$/, ''));

const postgresUrl = z.string().refine((value) => /^postgres(ql)?:\/\/./.test(value) && URL.canParse(value));

const s3Address = z.string().transform((value, context) => {
  const address = parseS3Address(value);
  if (address === null) context.addIssue('not an address of an object store');
  return address;
});

interface Setting {
  environment: string;
  /** As it would be written in the environment; null when there is none. */
  default: string | null;
  /** What it accepts, for the message about a wrong value. */
  accepts: string;
  description: string;
  schema: z.ZodType<unknown, string>;
  /** A wrong value is not repeated in the message. */
  secret?: true;
}

/** One row a setting: `weighbridge serve --help` and docs/operating.md are held to this table. */
export const SETTINGS = {
  data: {
    environment: 'WEIGHBRIDGE_DATA',
    default: './data',
    accepts: 'a folder',
    description: 'Folder of the embedded database, the blobs and the first admin token.',
    schema: text,
  },
  host: {
    environment: 'WEIGHBRIDGE_HOST',
    default: '127.0.0.1',
    accepts: 'a host name or an address',
    description: 'Address to listen on; 0.0.0.0 is every IPv4 address of the machine.',
    schema: text,
  },
  port: {
    environment: 'WEIGHBRIDGE_PORT',
    default: '4270',
    accepts: 'a whole number from 0 to 65535',
    description: 'Port to listen on; 0 lets the system choose a free one.',
    schema: integer(0, 65_535),
  },
  publicUrl: {
    environment: 'WEIGHBRIDGE_PUBLIC_URL',
    default: null,
    accepts: 'an http or https address without user, query or fragment, with a path of A-Z a-z 0-9 . _ ~ - / or none',
    description:
      'Where users reach the registry, if a proxy stands before it; its path is that of all pages and routes.',
    schema: publicUrl,
    secret: true, // it may hold a password in spite of what it accepts
  },
  databaseUrl: {
    environment: 'DATABASE_URL',
    default: null,
    accepts: 'postgresql://user:password@host:port/database',
    description: 'A PostgreSQL server. Without it the database runs inside the process and lives in the data folder.',
    schema: postgresUrl,
    secret: true,
  },
  databaseUrlRead: {
    environment: 'DATABASE_URL_READ',
    default: null,
    accepts: 'postgresql://user:password@host:port/database',
    description: 'A replica of the PostgreSQL server, from which lists and audits are read. Without it nothing is.',
    schema: postgresUrl,
    secret: true,
  },
  readLagMs: {
    environment: 'WEIGHBRIDGE_READ_LAG_SECONDS',
    default: '5',
    accepts: 'a whole number from 1 to 3600',
    description: 'Seconds that DATABASE_URL_READ may be behind; beyond them the server itself is read.',
    schema: integer(1, 3600).transform((seconds) => seconds * 1000),
  },
  blobs: {
    environment: 'WEIGHBRIDGE_BLOBS',
    default: null,
    accepts: S3_ADDRESS_FORM,
    description: 'An S3-compatible object store for the bytes. Without it they lie in the data folder.',
    schema: s3Address,
    secret: true, // it may hold a password in spite of what it accepts
  },
  downloads: {
    environment: 'WEIGHBRIDGE_DOWNLOADS',
    default: 'stream',
    accepts: DOWNLOADS.join(' or '),
    description:
      'How bytes are downloaded: through the registry, which checks them, or by a redirect to the object store.',
    schema: z.enum(DOWNLOADS),
  },
  hosts: {
    environment: 'WEIGHBRIDGE_HOSTS',
    default: null,
    accepts: 'host names without ports, separated by commas',
    description:
      'Names by which requests without a token may ask, beside addresses, names without a dot and that of WEIGHBRIDGE_PUBLIC_URL.',
    schema: hostNames,
  },
  anonymousRead: {
    environment: 'WEIGHBRIDGE_ANONYMOUS_READ',
    default: 'false',
    accepts: 'true or false',
    description: 'Whether reading is allowed without a token. Writing always needs one.',
    schema: z.enum(['true', 'false']).transform((value) => value === 'true'),
  },
  approvalsBy: {
    environment: 'WEIGHBRIDGE_APPROVALS_BY',
    default: 'ANYONE',
    accepts: APPROVALS_BY.join(' or '),
    description:
      'Who may approve a failed check: ANYONE with the scope approve, or only OTHERS than the token that published the version.',
    schema: z.enum(APPROVALS_BY),
  },
  sessionHours: {
    environment: 'WEIGHBRIDGE_SESSION_HOURS',
    default: '12',
    accepts: 'a whole number from 1 to 720',
    description: 'Hours that a browser stays signed in to the pages; never longer than its token is valid.',
    schema: integer(1, 720),
  },
  logLevel: {
    environment: 'WEIGHBRIDGE_LOG_LEVEL',
    default: 'info',
    accepts: LOG_LEVELS.join(', '),
    description: 'Lowest level of log lines written to standard error.',
    schema: z.enum(LOG_LEVELS),
  },
  maxBlobBytes: {
    environment: 'WEIGHBRIDGE_MAX_BLOB_BYTES',
    default: '50000000000',
    accepts: 'a whole number of bytes, at least 1',
    description: 'Largest accepted file, in bytes.',
    schema: integer(1, Number.MAX_SAFE_INTEGER),
  },
  uploads: {
    environment: 'WEIGHBRIDGE_UPLOADS',
    default: '8',
    accepts: 'a whole number from 1 to 1000',
    description: 'Uploads that may run at once; more are answered with 429 and Retry-After.',
    schema: integer(1, 1000),
  },
  uploadsPerToken: {
    environment: 'WEIGHBRIDGE_UPLOADS_PER_TOKEN',
    default: '2',
    accepts: 'a whole number from 1 to 1000',
    description: 'Uploads that may run at once under one token.',
    schema: integer(1, 1000),
  },
  stallBytes: {
    environment: 'WEIGHBRIDGE_UPLOAD_STALL_BYTES',
    default: '65536',
    accepts: 'a whole number of bytes from 1 to 1073741824',
    description: 'Bytes that an upload must deliver in every period of WEIGHBRIDGE_UPLOAD_STALL_SECONDS.',
    schema: integer(1, 2 ** 30),
  },
  stallMs: {
    environment: 'WEIGHBRIDGE_UPLOAD_STALL_SECONDS',
    default: '30',
    accepts: 'a whole number from 1 to 3600',
    description: 'Seconds of waiting for the client in which an upload must deliver WEIGHBRIDGE_UPLOAD_STALL_BYTES.',
    schema: integer(1, 3600).transform((seconds) => seconds * 1000),
  },
  connections: {
    environment: 'WEIGHBRIDGE_CONNECTIONS',
    default: '1024',
    accepts: 'a whole number from 1 to 65535',
    description: 'Connections that may be open at once; further ones are closed immediately.',
    schema: integer(1, 65_535),
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;

/** What the command line reads when it speaks to a registry. */
export const CLIENT_SETTINGS = {
  url: {
    environment: 'WEIGHBRIDGE_URL',
    default: 'http://127.0.0.1:4270',
    accepts: 'an http or https address without user or password',
    description: 'The registry that the command line uses.',
    // A password with a slash in it would be taken for a path, and shown as one.
    schema: z.string().refine((value) => isPlainUrl(value) && !value.includes('@')),
    secret: true, // it may hold a password in spite of what it accepts
  },
  token: {
    environment: 'WEIGHBRIDGE_TOKEN',
    default: null,
    accepts: 'a token of a registry: printable characters without spaces',
    description: 'The token that the command line sends.',
    schema: z
      .string()
      .trim()
      .regex(/^[\x21-\x7e]{1,200}$/),
    secret: true,
  },
  tokenFile: {
    environment: 'WEIGHBRIDGE_TOKEN_FILE',
    default: null,
    accepts: 'a file',
    description: 'A file that contains the token, used when WEIGHBRIDGE_TOKEN is not set.',
    schema: text,
  },
  cacert: {
    environment: 'WEIGHBRIDGE_CACERT',
    default: null,
    accepts: 'a file',
    description: 'Certificate authorities in PEM form that the command line trusts beside the usual ones.',
    schema: text,
  },
} as const satisfies Record<string, Setting>;

export interface ClientConfig {
  url: string;
  token: string | null;
  /** Where to read the token when there is none. Without a setting it is that of a registry on this machine, else null. */
  tokenFile: string | null;
  /** Whether a setting names the file: then it must be there. */
  tokenFileRequired: boolean;
  /** Whether the token is that of `weighbridge login`. */
  isKept?: true;
}

type ClientOverrides = { readonly [Name in 'url' | 'token']?: string | undefined };

/** What `weighbridge login` keeps: the registry that is asked, and a token for each, which goes to no other. */
export interface KeptLogin {
  url: string;
  tokens: Record<string, string>;
}

/** Set for the tests. */
const TEST_VARIABLES = ['WEIGHBRIDGE_CORPUS'];

/** What the command line said; it goes before the environment. */
export type Overrides = { readonly [Name in SettingName]?: string | undefined };

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws one CONFIG_INVALID that names every problem, one a line. */
export function loadConfig(environment: Environment = process.env, overrides: Overrides = {}): Config {
  const { read, complain, finish } = createReader(environment);
  const get = <Name extends SettingName>(name: Name) =>
    read<z.output<(typeof SETTINGS)[Name]['schema']>>(SETTINGS[name], overrides[name], flagOf(name));
  const values = {
    data: get('data'),
    host: get('host'),
    port: get('port'),
    downloads: get('downloads'),
    anonymousRead: get('anonymousRead'),
    approvalsBy: get('approvalsBy'),
    sessionHours: get('sessionHours'),
    logLevel: get('logLevel'),
    maxBlobBytes: get('maxBlobBytes'),
    uploads: get('uploads'),
    uploadsPerToken: get('uploadsPerToken'),
    stallBytes: get('stallBytes'),
    stallMs: get('stallMs'),
    connections: get('connections'),
    readLagMs: get('readLagMs'),
  };
  const [databaseUrl, databaseUrlRead, publicUrl, hosts, blobs] = [
    get('databaseUrl'),
    get('databaseUrlRead'),
    get('publicUrl'),
    get('hosts') ?? [],
    get('blobs'),
  ];
  if (databaseUrl === null && databaseUrlRead !== null) complain('DATABASE_URL_READ is set, but DATABASE_URL is not');
  const { data, host, port, readLagMs, downloads, anonymousRead, approvalsBy, sessionHours, logLevel, ...limits } =
    finish(values);
  return {
    data,
    host,
    port,
    publicUrl,
    databaseUrl,
    databaseUrlRead,
    readLagMs,
    blobs,
    downloads,
    hosts,
    anonymousRead,
    approvalsBy,
    sessionHours,
    logLevel,
    limits,
  };
}

/** Throws as loadConfig does. */
export function loadClientConfig(
  environment: Environment = process.env,
  overrides: ClientOverrides = {},
  kept: KeptLogin | null = null,
): ClientConfig {
  const { read, finish } = createReader(environment);
  const urlSetting = { ...CLIENT_SETTINGS.url, default: kept?.url ?? CLIENT_SETTINGS.url.default };
  const token = read<string>(CLIENT_SETTINGS.token, overrides.token, 'token');
  const tokenFile = read<string>(CLIENT_SETTINGS.tokenFile, undefined, 'token-file');
  const { url, data } = finish({
    url: read<string>(urlSetting, overrides.url, 'url'),
    data: read<string>(SETTINGS.data, undefined, 'data'),
  });
  if (token !== null || tokenFile !== null) return { url, token, tokenFile, tokenFileRequired: tokenFile !== null };
  const keptToken = kept?.tokens[url.replace(/\/+$/, '')];
  if (keptToken !== undefined)
    return { url, token: keptToken, tokenFile: null, tokenFileRequired: false, isKept: true };
  // Never sent to another machine: the file is that of the registry on this one.
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname);
  const firstToken = `${data.replace(/[/\\]+$/, '')}/admin-token`;
  return { url, token, tokenFile: local ? firstToken : null, tokenFileRequired: false };
}

/** The file of certificate authorities that is trusted too. Throws as loadConfig does. */
export function caFile(override: string | undefined, environment: Environment = process.env): string | null {
  const { read, finish } = createReader(environment);
  return finish({ file: read<string>(CLIENT_SETTINGS.cacert, override, 'cacert') }).file ?? null;
}

/** Whether options or variables name a registry and a token: then nothing that a login kept is needed. */
export function isSettled({ url, token }: ClientOverrides, environment: Environment = process.env): boolean {
  const isGiven = (name: keyof typeof CLIENT_SETTINGS, option?: string) =>
    Boolean(option ?? environment[CLIENT_SETTINGS[name].environment]);
  return isGiven('url', url) && (isGiven('token', token) || isGiven('tokenFile'));
}

/** The folder in which programs keep what their user told them. */
export function userFolder(environment: Environment = process.env): string {
  const { XDG_CONFIG_HOME: xdg, APPDATA: roaming, HOME: home, USERPROFILE: profile } = environment;
  return `${xdg || roaming || `${home ?? profile ?? '.'}/.config`}/weighbridge`;
}

/** The folder in which programs keep what they can do without. */
export function userCacheFolder(environment: Environment = process.env): string {
  const { XDG_CACHE_HOME: xdg, LOCALAPPDATA: local, HOME: home, USERPROFILE: profile } = environment;
  return `${xdg || local || `${home ?? profile ?? '.'}/.cache`}/weighbridge`;
}

/** The flag of `weighbridge serve` for a setting. */
export function flagOf(name: SettingName): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Reads settings and keeps what is wrong with them until the end. */
function createReader(environment: Environment) {
  const rows: Setting[] = [...Object.values(SETTINGS), ...Object.values(CLIENT_SETTINGS)];
  const known = new Set([...rows.map((row) => row.environment), ...TEST_VARIABLES]);
  const problems = Object.keys(environment)
    .filter((name) => name.startsWith('WEIGHBRIDGE_') && !known.has(name))
    .sort()
    .map((name) => `${shown(name)} is not a Weighbridge setting`);
  return {
    /** `T` is what the setting's schema puts out. Null when there is neither value nor default, and for a problem. */
    read: <T>(setting: Setting, override: string | undefined, flag: string): T | null => {
      // An empty variable counts as unset, as a shell or a compose file leaves it.
      const value = override ?? (environment[setting.environment] || setting.default);
      if (value === null) return null;
      const parsed = setting.schema.safeParse(value);
      if (parsed.success) return parsed.data as T;
      const source = override === undefined ? setting.environment : `--${flag}`;
      problems.push(`${source}${setting.secret ? '' : ` is ${shown(value)}, but`} must be ${setting.accepts}`);
      return null;
    },
    complain: (problem: string): void => void problems.push(problem),
    /** Throws when there were problems; gives back values of settings that have a default, so that none is null. */
    finish: <T extends object>(values: T): { [Key in keyof T]: NonNullable<T[Key]> } => {
      if (problems.length > 0) throw new WeighbridgeError('CONFIG_INVALID', problems.join('\n'));
      return values as { [Key in keyof T]: NonNullable<T[Key]> };
    },
  };
}

function isPlainUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
}

function shown(value: string): string {
  const cut = value.length > 60 ? `${value.slice(0, 60)}…` : value;
  return JSON.stringify(cut).replace(/[\u007f-\u009f]/g, '\ufffd');
}
