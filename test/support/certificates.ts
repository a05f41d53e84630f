// Certificates of a test's own, made by openssl: an authority, and what it vouches for.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

export interface Authority {
  /** Its certificate, in PEM form. */
  file: string;
  /** For a server of these names. */
  certify(names: readonly string[], options?: { days?: number }): Promise<{ key: Buffer; cert: Buffer }>;
  remove(): Promise<void>;
}

export async function makeAuthority(): Promise<Authority> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-authority-'));
  const at = (name: string) => path.join(folder, name);
  const openssl = (...args: string[]) => promisify(execFile)('openssl', args, { cwd: folder });
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl('req', '-x509', ...fresh, '-days', '2', '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=own');
  let made = 0;
  return {
    file: at('ca.pem'),
    async certify(names, { days = 2 } = {}) {
      const name = `server-${++made}`;
      await openssl('req', ...fresh, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
      await writeFile(at(`${name}.ext`), `subjectAltName=${names.map((each) => `DNS:${each}`).join(',')}\n`);
      const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', `${name}.ext`];
      await openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-days', `${days}`, '-out', `${name}.pem`);
      return { key: await readFile(at(`${name}.key`)), cert: await readFile(at(`${name}.pem`)) };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
