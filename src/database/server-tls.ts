/**
 * What can be wrong with TLS to a PostgreSQL server: the files that DATABASE_URL names, and the server's certificate. Says which file and
 * what is wrong with it; never what is in it.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a file is in the place of a folder above it',
};

const FILES = {
  sslrootcert: { holds: 'a certificate', read: (text: string) => new X509Certificate(text) },
  sslcert: { holds: 'a certificate', read: (text: string) => new X509Certificate(text) },
  sslkey: { holds: 'a private key without a password', read: (text: string) => createPrivateKey(text) },
} as const;

/** The sentence about the first file of the address that cannot be used; null where all can. pg reads them by itself, without a word on which. */
export function tlsFileProblem(url: string): string | null {
  if (!URL.canParse(url)) return null; // said elsewhere
  const parameters = new URL(url).searchParams;
  for (const [name, { holds, read }] of Object.entries(FILES)) {
    const file = parameters.get(name);
    if (file === null || file === '') continue;
    const problem = problemOf(file, holds, read);
    if (problem !== null) return `DATABASE_URL names ${name}=${file}, which cannot be used: ${problem}`;
  }
  return null;
}

function problemOf(file: string, holds: string, read: (text: string) => unknown): string | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    return REASONS[code] ?? `it cannot be read (${code})`;
  }
  try {
    read(text);
    return null;
  } catch {
    return `it does not hold ${holds} in PEM form`;
  }
}

const UNTRUSTED = new Set([
  ...['SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ...['UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
]);

/** What to say after "the database at …" when the handshake failed; null for another fault. */
export function tlsFault({ code, message }: { code: string | undefined; message: string }, url: string): string | null {
  if (code !== undefined && UNTRUSTED.has(code)) {
    const file = URL.canParse(url) ? new URL(url).searchParams.get('sslrootcert') : null;
    return file
      ? `has a certificate that none of the authorities in sslrootcert=${file} has signed`
      : 'has a certificate of an authority that is not trusted here: name its certificate in DATABASE_URL, as sslrootcert=FILE';
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return 'has a certificate for other names than this: write the name that is in the certificate into DATABASE_URL';
  }
  if (code === 'CERT_HAS_EXPIRED') return 'has a certificate that has expired';
  if (code === 'CERT_NOT_YET_VALID')
    return 'has a certificate that is not valid yet; look at the clocks of both machines';
  if (message.includes('does not support SSL')) return 'takes no TLS, which sslmode or a file of DATABASE_URL asks for';
  return null;
}
