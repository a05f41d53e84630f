/** Certificate authorities of one's own, beside those that Node trusts anyway. Opens the file and nothing else. */
import { readFile } from 'node:fs/promises';
import { X509Certificate } from 'node:crypto';
import tls, { type SecureContext } from 'node:tls';
import { extraAuthorities } from '../../environment.js';
import { WeighbridgeError } from '../../core/errors.js';

const CERTIFICATE = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]+-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;
/** All authorities of the world take less than a megabyte. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Throws FILE_UNREADABLE for a file that cannot be read, and INPUT_INVALID for one without certificates. */
export async function trusting(file: string): Promise<SecureContext> {
  const own = certificatesOf(await read(file), file);
  const extra = extraAuthorities();
  // Node adds these to its own list, but only as long as none is given.
  const others = extra === null ? [] : certificatesOf(await read(extra), extra);
  return tls.createSecureContext({ ca: [...usual(), ...others, ...own] });
}

interface NewerTls {
  getCACertificates(type: 'default'): string[];
}

/** Those of the system too where Node uses them (NODE_USE_SYSTEM_CA); older versions tell only those of their own. */
function usual(): readonly string[] {
  const { getCACertificates, rootCertificates } = tls as typeof tls & Partial<NewerTls>;
  return getCACertificates?.('default') ?? rootCertificates;
}

function certificatesOf(text: string, file: string): string[] {
  const found = text.match(CERTIFICATE) ?? [];
  if (found.length === 0) {
    const how = 'openssl x509 -inform der -in FILE -out FILE.pem converts one in DER form';
    throw new WeighbridgeError('INPUT_INVALID', `${file}: has no certificate in PEM form; ${how}`);
  }
  for (const certificate of found) {
    try {
      new X509Certificate(certificate);
    } catch (cause) {
      throw new WeighbridgeError('INPUT_INVALID', `${file}: has a certificate that cannot be read`, { cause });
    }
  }
  return found;
}

async function read(file: string): Promise<string> {
  const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    const reason = cause.code === 'ENOENT' ? 'no such file' : (cause.code ?? 'cannot be read');
    throw new WeighbridgeError('FILE_UNREADABLE', `${file}: ${reason} (certificate authorities)`, { cause });
  });
  if (bytes.length > MAX_BYTES) throw new WeighbridgeError('INPUT_INVALID', `${file}: is too large for certificates`);
  return bytes.toString('latin1');
}
