/** Settings: defaults, strictness, and every problem at once. */
import { CLIENT_SETTINGS, flagOf, loadClientConfig, loadConfig, SETTINGS } from '../src/config.js';
import { WeighbridgeError } from '../src/core/errors.js';

function problemsOf(environment: Record<string, string>, overrides = {}): string[] {
  try {
    loadConfig(environment, overrides);
  } catch (error) {
    if (error instanceof WeighbridgeError && error.code === 'CONFIG_INVALID') return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('the settings of the server', () => {
  it('have the documented defaults', () => {
    expect(loadConfig({})).toEqual({
      data: './data',
      host: '127.0.0.1',
      port: 4270,
      publicUrl: null,
      databaseUrl: null,
      databaseUrlRead: null,
      readLagMs: 5000,
      blobs: null,
      downloads: 'stream',
      hosts: [],
      anonymousRead: false,
      approvalsBy: 'ANYONE',
      sessionHours: 12,
      logLevel: 'info',
      limits: {
        maxBlobBytes: 50_000_000_000,
        uploads: 8,
        uploadsPerToken: 2,
        stallBytes: 65_536,
        stallMs: 30_000,
        connections: 1024,
      },
    });
  });

  it.each([
    ['s3://models', { bucket: 'models', prefix: '', endpoint: null, region: null }],
    ['s3://models/?region=eu-1', { bucket: 'models', prefix: '', endpoint: null, region: 'eu-1' }],
    [
      's3://models/a/b/?endpoint=http://127.0.0.1:9000',
      { bucket: 'models', prefix: 'a/b/', endpoint: 'http://127.0.0.1:9000', region: 'us-east-1' },
    ],
  ])('take %s for an object store', (given, blobs) => {
    expect(loadConfig({ WEIGHBRIDGE_BLOBS: given })).toMatchObject({ blobs });
  });

  it.each([
    'models',
    './data',
    'https://models',
    's3://',
    's3://M',
    's3://models:9000/',
    's3://key:hidden@models',
    's3://models/a//b',
    's3://models/../b',
    's3://models/a b',
    's3://models#a',
    's3://models?secret=hidden',
    's3://models?region=a&region=b',
    's3://models?endpoint=models',
    's3://models?endpoint=https://key:hidden@host',
    's3://models?endpoint=https://host?hidden',
  ])('refuse %s as an object store, without showing it', (given) => {
    expect(() => loadConfig({ WEIGHBRIDGE_BLOBS: given })).toThrow(/^WEIGHBRIDGE_BLOBS must be s3:\/\/bucket[^"]*$/);
  });

  it.each([
    ['https://host.example/tools/weighbridge/', 'https://host.example/tools/weighbridge'],
    ['HTTP://Host.example:8080', 'http://host.example:8080'],
  ])('take %s for where users reach the registry', (given, publicUrl) => {
    expect(loadConfig({ WEIGHBRIDGE_PUBLIC_URL: given })).toMatchObject({ publicUrl });
  });

  it.each([
    'host.example',
    'ftp://host.example',
    'https://me:hidden@host.example',
    'https://host.example/a?b',
    'https://host.example/a b',
    'https://host.example/a/../"b',
    'https://host.example//b',
  ])('refuse %s as such an address, without showing it', (given) => {
    expect(() => loadConfig({ WEIGHBRIDGE_PUBLIC_URL: given })).toThrow(
      /^WEIGHBRIDGE_PUBLIC_URL must be an http or https address [^"]*$/,
    );
  });

  it.each([
    ['inside.example', ['inside.example']],
    [' A.example , b.example,', ['a.example', 'b.example']],
  ])('take %s for names that requests without a token may ask by', (given, hosts) => {
    expect(loadConfig({ WEIGHBRIDGE_HOSTS: given })).toMatchObject({ hosts });
  });

  it.each(['http://a.example', 'a.example:80', '*.example', 'a b', ','])('refuse %s as such names', (given) => {
    expect(() => loadConfig({ WEIGHBRIDGE_HOSTS: given })).toThrow(/^WEIGHBRIDGE_HOSTS is .*, but must be host names/);
  });

  it('come from the command line before the environment', () => {
    const environment = { WEIGHBRIDGE_PORT: '5000', WEIGHBRIDGE_DATA: '/env', DATABASE_URL: 'postgresql://db/one' };
    expect(loadConfig(environment, { port: '0', data: undefined })).toMatchObject({
      port: 0,
      data: '/env',
      databaseUrl: 'postgresql://db/one',
    });
  });

  it('are all told at once when they cannot be used', () => {
    const problems = problemsOf(
      { WEIGHBRIDGE_PORT: '65536', WEIGHBRIDGE_ANONYMOUS_READ: 'yes', WEIGHBRIDGE_LOG_LEVEL: 'loud' },
      { host: ' ' },
    );
    expect(problems).toEqual([
      '--host is " ", but must be a host name or an address',
      'WEIGHBRIDGE_PORT is "65536", but must be a whole number from 0 to 65535',
      'WEIGHBRIDGE_ANONYMOUS_READ is "yes", but must be true or false',
      'WEIGHBRIDGE_LOG_LEVEL is "loud", but must be trace, debug, info, warn, error, fatal, silent',
    ]);
  });

  it.each(['4270x', '-1', '1e3', '0x10', '80.0', ' 80'])('take no port %p', (port) => {
    expect(problemsOf({ WEIGHBRIDGE_PORT: port })).toHaveLength(1);
  });

  it.each(['true', 'false'])('take %p for anonymous reading', (word) => {
    expect(loadConfig({ WEIGHBRIDGE_ANONYMOUS_READ: word }).anonymousRead).toBe(word === 'true');
  });

  it('do not swallow a misspelt variable', () => {
    expect(problemsOf({ WEIGHBRIDGE_ANONYMOUSREAD: 'true', PATH: '/bin', WEIGHBRIDGE_TOKEN: 'x' })).toEqual([
      '"WEIGHBRIDGE_ANONYMOUSREAD" is not a Weighbridge setting',
    ]);
  });

  it('refuse a replica of no server', () => {
    expect(problemsOf({ DATABASE_URL_READ: 'postgresql://db/two' })).toEqual([
      'DATABASE_URL_READ is set, but DATABASE_URL is not',
    ]);
    const both = { DATABASE_URL: 'postgresql://db/one', DATABASE_URL_READ: 'postgresql://db/two' };
    expect(loadConfig(both)).toMatchObject({ databaseUrlRead: 'postgresql://db/two', readLagMs: 5000 });
  });

  it('take an empty variable for one that is not set', () => {
    expect(loadConfig({ WEIGHBRIDGE_PORT: '', DATABASE_URL: '' })).toEqual(loadConfig({}));
  });

  it('never repeat a database address, which may hold a password', () => {
    const [problem, ...others] = problemsOf({ DATABASE_URL: 'mysql://root:hunter2@db/one' });
    expect(others).toEqual([]);
    expect(problem).toMatch(/^DATABASE_URL must be postgresql:/);
    expect(problem).not.toContain('hunter2');
  });

  it('show a wrong value on one line, without control characters', () => {
    const [problem, ...others] = problemsOf({ WEIGHBRIDGE_PORT: `1\n\u001b[31m\u009b${'9'.repeat(100)}` });
    expect(others).toEqual([]);
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    expect(problem).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  });
});

describe('the table of settings', () => {
  const rows = [...Object.values(SETTINGS), ...Object.values(CLIENT_SETTINGS)];

  it('names each variable once, with a description and a default that it accepts itself', () => {
    expect(new Set(rows.map((row) => row.environment)).size).toBe(rows.length);
    for (const row of rows) {
      expect(row.description).toMatch(/^[A-Z].*\.$/);
      expect(row.default === null || row.schema.safeParse(row.default).success).toBe(true);
    }
  });

  it('gives flags as words joined by dashes', () => {
    expect(flagOf('anonymousRead')).toBe('anonymous-read');
  });
});

describe('the settings of the command line', () => {
  it('send the token of this machine to this machine alone', () => {
    expect(loadClientConfig({})).toEqual({
      url: 'http://127.0.0.1:4270',
      token: null,
      tokenFile: './data/admin-token',
      tokenFileRequired: false,
    });
    expect(loadClientConfig({ WEIGHBRIDGE_URL: 'https://models.example' }).tokenFile).toBeNull();
  });

  it('take the token from the option, the variable or the file, in this order', () => {
    const environment = { WEIGHBRIDGE_TOKEN: 'wbr_env', WEIGHBRIDGE_TOKEN_FILE: '/run/token' };
    expect(loadClientConfig(environment, { token: 'wbr_option' }).token).toBe('wbr_option');
    expect(loadClientConfig(environment).token).toBe('wbr_env');
    expect(loadClientConfig({ WEIGHBRIDGE_TOKEN_FILE: '/run/token' })).toMatchObject({
      token: null,
      tokenFile: '/run/token',
      tokenFileRequired: true,
    });
  });

  it.each(['ftp://x', 'localhost', 'http://user:secret@host', 'http://user:12/secret@host'])(
    'refuse the address %p without repeating it',
    (url) => {
      expect(() => loadClientConfig({}, { url })).toThrow(/^--url must be/);
      expect(() => loadClientConfig({}, { url })).not.toThrow(/secret/);
    },
  );
});
