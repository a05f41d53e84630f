// What hosts do badly, and where tokens go: from servers of this test, under two names of this machine.
import { createServer as createTcpServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { stackOfLstms } from '../../bench/large-models.mjs';
import { parseAddress, type HubAccess } from '../../src/remote/address.js';
import { weighRemote, type WeighOptions } from '../../src/remote/weigh.js';
import {
  byRanges,
  type FileHost,
  type Handler,
  laidOut,
  rangeOf,
  send,
  startFileHost,
  whole,
} from '../support/file-host.js';

const stack = stackOfLstms({ layers: 2, hiddenSize: 512 });
const text = (content: string | Uint8Array, headers: Record<string, string> = {}) =>
  whole(laidOut(typeof content === 'string' ? new TextEncoder().encode(content) : content), headers);
const status =
  (code: number, headers: Record<string, string> = {}): Handler =>
  (_, response) =>
    response.writeHead(code, headers).end('<html>an explanation</html>');

/** Serves the stack, but from the second range on as `change` says. */
function butThen(change: (file: typeof stack) => Handler): Handler {
  const good = byRanges(stack);
  return (request, response) =>
    (rangeOf(request, stack.byteSize)?.start === 0 ? good : change(stack))(request, response);
}

/** With headers and bytes of its own for each range. */
function lying(
  say: (start: number, end: number) => { range: string; from?: number; more?: number; headers?: object },
): Handler {
  return butThen((file) => (request, response) => {
    const { start, end } = rangeOf(request, file.byteSize)!;
    const { range, from = start, more = 0, headers } = say(start, end);
    response.writeHead(206, { etag: '"1"', 'content-range': range, ...headers });
    send(response, file.read(from, from + end - start + more));
  });
}

let elsewhere: FileHost;
let host: FileHost;
let attempts = 0;
beforeAll(async () => {
  elsewhere = await startFileHost({ '/stack.onnx': byRanges(stack) });
  host = await startFileHost({
    '/stack.onnx': byRanges(stack),
    '/moved': status(302, { location: '/stack.onnx' }),
    '/abroad': (_, response) => response.writeHead(307, { location: elsewhere.url('/stack.onnx', 'localhost') }).end(),
    '/loop': status(302, { location: '/loop2' }),
    '/loop2': status(302, { location: '/loop' }),
    '/far': (request, response) => {
      const at = Number(new URL(request.url!, 'http://host').searchParams.get('n') ?? 0);
      response.writeHead(302, { location: `/far?n=${at + 1}` }).end();
    },
    '/file': status(302, { location: 'file:///etc/passwd' }),
    '/login.onnx': text('<!doctype html><title>Sign in</title>', { 'content-type': 'text/html' }),
    '/model.onnx.gz': text(gzipSync('a model')),
    '/model.zip': text(Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0)),
    '/pointer.onnx': text(`version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 1000\n`),
    '/empty.onnx': byRanges(laidOut(new Uint8Array())),
    '/401': status(401),
    '/403': status(403),
    '/500': status(500),
    '/503-once': (request, response) => {
      attempts += 1;
      (attempts === 1 ? status(503, { 'retry-after': '0' }) : byRanges(stack))(request, response);
    },
    '/silent': () => undefined,
    '/stalled': (request, response) => {
      const { start, end } = rangeOf(request, 1_000)!;
      response.writeHead(206, { 'content-range': `bytes ${start}-${end - 1}/1000` }).write('\b');
    },
    '/other-range': lying((start, end) => ({ range: `bytes ${start + 1}-${end}/${stack.byteSize}`, from: start + 1 })),
    '/other-size': lying((start, end) => ({ range: `bytes ${start}-${end - 1}/${stack.byteSize + 1}` })),
    '/no-range': lying(() => ({ range: 'bytes' })),
    '/too-much': lying((start, end) => ({ range: `bytes ${start}-${end - 1}/${stack.byteSize}`, more: 10 })),
    '/changed': lying((start, end) => ({
      range: `bytes ${start}-${end - 1}/${stack.byteSize}`,
      headers: { etag: '"2"' },
    })),
    '/whole-then': butThen((file) => whole(file, { etag: '"1"' })),
    '/first-other': (_, response) => void response.writeHead(206, { 'content-range': `bytes 5-9/1000` }).end('12345'),
    '/zipped': (request, response) => {
      // As a proxy that packs what it sends: ranges are of what was packed.
      const { start, end } = rangeOf(request, stack.byteSize) ?? { start: 0, end: stack.byteSize };
      if (request.headers.range !== undefined) {
        response.writeHead(206, {
          'content-encoding': 'gzip',
          'content-range': `bytes ${start}-${end - 1}/${stack.byteSize}`,
        });
        response.end(gzipSync(Buffer.concat([...stack.read(start, end)])));
      } else whole(stack)(request, response);
    },
    '/cut': butThen((file) => (request, response) => {
      const { start, end } = rangeOf(request, file.byteSize)!;
      response.writeHead(206, {
        etag: '"1"',
        'content-length': end - start,
        'content-range': `bytes ${start}-${end - 1}/${file.byteSize}`,
      });
      const half = Math.min(end, start + Math.max(4_096, Math.ceil((end - start) / 2)));
      response.write(Buffer.concat([...file.read(start, half)]), () =>
        half < end ? response.destroy() : response.end(),
      );
    }),
    '/cut-always': butThen(() => (_, response) => void response.destroy()),
    '/cut-whole': (_, response) => {
      response.writeHead(200, { 'content-length': stack.byteSize });
      response.write(Buffer.concat([...stack.read(0, 100_000)]), () => response.destroy());
    },
    '/vast': (_, response) => void response.writeHead(200, { 'content-length': 3 * 2 ** 30 }).write('x'),
    '/org/name/resolve/main/m.onnx': status(404, { 'x-error-code': 'EntryNotFound' }),
    '/org/name/resolve/v9/m.onnx': status(404, { 'x-error-code': 'RevisionNotFound' }),
    '/org/gated/resolve/main/m.onnx': status(403, { 'x-error-code': 'GatedRepo' }),
    '/org/none/resolve/main/m.onnx': status(401, { 'x-error-code': 'RepoNotFound' }),
    '/org/name/resolve/main/onnx/stack.onnx': (_, response) =>
      response.writeHead(302, { location: elsewhere.url('/stack.onnx', 'localhost') }).end(),
    '/datasets/org/name/resolve/refs%2Fpr%2F1/stack.onnx': byRanges(stack),
  });
});
afterAll(async () => {
  await host.close();
  await elsewhere.close();
});
beforeEach(() => {
  host.taken();
  elsewhere.taken();
});

const QUICK = { silenceMs: 400, retryMs: 1, retries: 2 };

function weigh(address: string, options: WeighOptions = {}, hub?: HubAccess) {
  return weighRemote(parseAddress(address, hub), { patience: QUICK, ...options });
}

async function faultOf(address: string, hub?: HubAccess): Promise<{ code: string; message: string }> {
  return weigh(address, {}, hub).then(
    () => ({ code: 'NONE', message: '' }),
    (error: unknown) => error as { code: string; message: string },
  );
}

describe('a host that does not give the model', () => {
  it.each([
    ['/login.onnx', 'ARTIFACT_NOT_ONNX', /HTML page, perhaps a login page/],
    ['/model.onnx.gz', 'ARTIFACT_NOT_ONNX', /gzip archive: unpack it/],
    ['/model.zip', 'ARTIFACT_NOT_ONNX', /ZIP archive/],
    ['/pointer.onnx', 'ARTIFACT_NOT_ONNX', /git-LFS pointer/],
    ['/empty.onnx', 'ARTIFACT_NOT_ONNX', /empty file/],
    ['/none.onnx', 'ADDRESS_NOT_FOUND', /no such file \(404\)/],
    ['/401', 'ADDRESS_FORBIDDEN', /presigned address/],
    ['/403', 'ADDRESS_FORBIDDEN', /may have expired/],
    ['/500', 'ADDRESS_UNREACHABLE', /answers 500: try again later/],
    ['/loop', 'ADDRESS_UNREACHABLE', /redirects lead nowhere/],
    ['/far', 'ADDRESS_UNREACHABLE', /redirects lead nowhere/],
    ['/file', 'ADDRESS_UNREACHABLE', /redirects to file:, which is not followed/],
    ['/silent', 'ADDRESS_UNREACHABLE', /does not answer/],
    ['/stalled', 'ADDRESS_UNREACHABLE', /does not answer/],
    ['/cut-always', 'ADDRESS_UNREACHABLE', /cut off/],
    ['/cut-whole', 'ADDRESS_UNREACHABLE', /cut off/],
    ['/vast', 'LIMIT_EXCEEDED', /3221225472 bytes: read it with --whole/],
    ['/other-range', 'ADDRESS_UNRELIABLE', /another range/],
    ['/other-size', 'ADDRESS_UNRELIABLE', /changed while it was read/],
    ['/no-range', 'ADDRESS_UNRELIABLE', /another range/],
    ['/too-much', 'ADDRESS_UNRELIABLE', /more than it was asked for/],
    ['/changed', 'ADDRESS_UNRELIABLE', /changed while it was read/],
    ['/whole-then', 'ADDRESS_UNRELIABLE', /parts of the file, and then with all/],
    ['/first-other', 'ADDRESS_UNRELIABLE', /another range/],
  ])('is refused: %s', async (path, code, message) => {
    const fault = await faultOf(host.url(path));
    expect(fault).toMatchObject({ code, message: expect.stringMatching(message) as string });
    expect(fault.message).not.toContain('\n');
  });

  it('is refused where nobody listens, or what listens speaks no HTTP', async () => {
    const closed = createTcpServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, 'close');
    expect(await faultOf(`http://127.0.0.1:${port}/m.onnx`)).toMatchObject({
      code: 'ADDRESS_UNREACHABLE',
      message: expect.stringContaining('the host refuses the connection') as string,
    });
    const mail = createTcpServer((socket) => socket.end('220 mail.example.org ESMTP\r\n')).listen(0, '127.0.0.1');
    await once(mail, 'listening');
    const { port: other } = mail.address() as AddressInfo;
    expect(await faultOf(`http://127.0.0.1:${other}/m.onnx`)).toMatchObject({
      code: 'ADDRESS_UNREACHABLE',
      message: expect.stringContaining('does not speak HTTP') as string,
    });
    mail.close();
  });
});

describe('a host that recovers', () => {
  const known = { inspection: { recurrent: { nodes: 2, perUse: 2 * (8 * 512 ** 2 + 8 * 512) } } };

  it('is asked again where it is busy', async () => {
    expect(await weigh(host.url('/503-once'))).toMatchObject(known);
  });

  it('goes on where the connection broke off', async () => {
    expect(await weigh(host.url('/cut'))).toMatchObject(known);
  });

  it('is read as a stream where its ranges are of packed bytes', async () => {
    const { inspection, fetched } = await weigh(host.url('/zipped'));
    expect(inspection).toMatchObject({ digest: expect.stringMatching(/^sha256:/) as string, ...known.inspection });
    expect(fetched.requests).toBe(2);
  });

  it('is asked at once where its redirects led before', async () => {
    const { fetched } = await weigh(host.url('/moved'));
    const asked = host.taken();
    expect(asked.filter(({ path }) => path === '/moved')).toHaveLength(1);
    expect(fetched.requests).toBe(asked.length);
  });

  it('stops when the signal says so', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('enough')), 50);
    await expect(weigh(host.url('/silent'), { signal: stop.signal })).rejects.toThrow('enough');
  });
});

describe('a password or a token', () => {
  it('goes to the host that it is for, and not where that redirects to', async () => {
    const basic = `Basic ${Buffer.from('ann:s3 cret').toString('base64')}`;
    await weigh(host.url('/abroad').replace('//', '//ann:s3%20cret@'));
    expect(host.taken().map(({ authorization }) => authorization)).toEqual([basic]);
    expect(
      elsewhere
        .taken()
        .map(({ authorization }) => authorization)
        .filter(Boolean),
    ).toEqual([]);
  });

  it('of the hub goes to the hub alone', async () => {
    const hub = { endpoint: host.url(''), token: 'hf_secret' };
    const { inspection } = await weigh('hf://org/name/onnx/stack.onnx', {}, hub);
    expect(inspection.recurrent.nodes).toBe(2);
    expect(host.taken()).toMatchObject([{ authorization: 'Bearer hf_secret' }]);
    expect(elsewhere.taken().length).toBeGreaterThan(1);
    expect(
      elsewhere
        .taken()
        .map(({ authorization }) => authorization)
        .filter(Boolean),
    ).toEqual([]);
    await weigh(elsewhere.url('/stack.onnx'), {}, hub);
    expect(
      elsewhere
        .taken()
        .map(({ authorization }) => authorization)
        .filter(Boolean),
    ).toEqual([]);
  });

  it.each(['/403', '/none.onnx', '/loop', '/silent', '/cut-always', '/changed', '/login.onnx'])(
    'in an address is in no message: %s',
    async (path) => {
      const { message } = await faultOf(`${host.url(path).replace('//', '//ann:s3cret@')}?X-Amz-Signature=abc#part`);
      expect(message).not.toMatch(/s3cret|abc|ann/);
    },
  );
});

describe('the hub', () => {
  it.each([
    ['hf://org/name/m.onnx', 'ADDRESS_NOT_FOUND', /no such file at this revision/],
    ['hf://org/name@v9/m.onnx', 'ADDRESS_NOT_FOUND', /no such revision/],
    ['hf://org/gated/m.onnx', 'ADDRESS_FORBIDDEN', /gated: ask for access/],
    [
      'hf://org/none/m.onnx',
      'ADDRESS_FORBIDDEN',
      /no such repository, or it is private: check the name, or set HF_TOKEN/,
    ],
  ])('is understood: %s', async (address, code, message) => {
    const fault = await faultOf(address, { endpoint: host.url('') });
    expect(fault).toMatchObject({ code, message: expect.stringMatching(message) as string });
    expect(fault.message).toContain(address);
  });

  it('is asked for other repositories and revisions with slashes', async () => {
    const { inspection } = await weigh('hf://datasets/org/name@refs/pr/1/stack.onnx', {}, { endpoint: host.url('') });
    expect(inspection.recurrent.nodes).toBe(2);
  });
});
