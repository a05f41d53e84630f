// TLS to a PostgreSQL server that cannot be: one line that says which file, or what is wrong with the certificate.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { openDatabase } from '../../src/database/open.js';
import { makeAuthority, type Authority } from '../support/certificates.js';

let folder: string;
let own: Authority;
let other: Authority;
const servers: net.Server[] = [];
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-tls-'));
  [own, other] = await Promise.all([makeAuthority(), makeAuthority()]);
});
afterAll(async () => {
  for (const server of servers) server.close();
  await Promise.all([own.remove(), other.remove(), rm(folder, { recursive: true, force: true })]);
});

const refusal = async (url: string) => {
  const error: unknown = await openDatabase({ url }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE' });
  const { message } = error as Error;
  expect(message).not.toMatch(/secret|\n|PRIVATE/);
  return message;
};

/** Speaks as PostgreSQL up to the handshake. */
async function listen(answer: (socket: net.Socket) => void): Promise<number> {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => answer(socket));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as net.AddressInfo).port;
}

async function listenAs(names: string[], options?: { days: number }): Promise<number> {
  const secureContext = tls.createSecureContext(await own.certify(names, options));
  return listen((socket) => {
    socket.write('S');
    new tls.TLSSocket(socket, { isServer: true, secureContext }).on('error', () => undefined).resume();
  });
}

describe('a file that DATABASE_URL names for TLS', () => {
  it.each(['sslrootcert', 'sslcert', 'sslkey'])('and that is not there is named: %s', async (name) => {
    const file = path.join(folder, 'none.pem');
    expect(await refusal(`postgresql://user:secret@127.0.0.1:1/x?${name}=${file}`)).toBe(
      `DATABASE_URL names ${name}=${file}, which cannot be used: there is no such file`,
    );
  });

  it('and that holds something else is named', async () => {
    const file = path.join(folder, 'text.pem');
    await writeFile(file, 'PRIVATE text');
    expect(await refusal(`postgresql://user:secret@127.0.0.1:1/x?sslrootcert=${file}`)).toBe(
      `DATABASE_URL names sslrootcert=${file}, which cannot be used: it does not hold a certificate in PEM form`,
    );
    expect(await refusal(`postgresql://user:secret@127.0.0.1:1/x?sslkey=${own.file}`)).toContain(
      'it does not hold a private key without a password in PEM form',
    );
    expect(await refusal(`postgresql://user:secret@127.0.0.1:1/x?sslrootcert=${folder}`)).toContain('it is a folder');
  });
});

describe('the certificate of a PostgreSQL server', () => {
  it('of an authority that is not trusted is told, with the file that should have it', async () => {
    const port = await listenAs(['localhost']);
    const url = `postgresql://user:secret@localhost:${port}/x`;
    expect(await refusal(`${url}?sslmode=verify-full&sslrootcert=${other.file}`)).toBe(
      `the database at localhost:${port} has a certificate that none of the authorities in sslrootcert=${other.file} has signed`,
    );
    expect(await refusal(`${url}?sslmode=verify-full`)).toContain(
      'name its certificate in DATABASE_URL, as sslrootcert=FILE',
    );
  });

  it('for another name, or no longer valid, is told', async () => {
    const renamed = await listenAs(['elsewhere.example']);
    expect(await refusal(`postgresql://user:secret@localhost:${renamed}/x?sslrootcert=${own.file}`)).toContain(
      `the database at localhost:${renamed} has a certificate for other names than this`,
    );
    const expired = await listenAs(['localhost'], { days: 0 });
    expect(await refusal(`postgresql://user:secret@localhost:${expired}/x?sslrootcert=${own.file}`)).toContain(
      'has a certificate that has expired',
    );
  });

  it('cannot be asked for where the server has none', async () => {
    const port = await listen((socket) => socket.end('N'));
    expect(await refusal(`postgresql://user:secret@localhost:${port}/x?sslmode=verify-full`)).toContain('takes no TLS');
  });
});
