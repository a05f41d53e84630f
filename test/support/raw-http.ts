/** Requests that no well-behaved client would send: written byte by byte on a socket, read as text until the server closes. */
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface RawAnswer {
  /** 0 when nothing that looks like an answer came. */
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: string;
  /** All that came, further answers included. */
  text: string;
}

export interface RawSocket {
  send(part: string | Uint8Array): Promise<void>;
  /** Ends our side; the server may still answer. */
  halfClose(): void;
  /** Gone without a word. */
  destroy(): void;
  /** Resolves when the text so far fits. */
  until(pattern: RegExp): Promise<string>;
  /** Resolves when the server has closed. */
  closed(): Promise<RawAnswer>;
}

export async function openRaw(port: number): Promise<RawSocket> {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let text = '';
  let over = false;
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.on('error', () => undefined); // seen as a missing answer
  socket.on('end', () => socket.end());
  socket.on('close', () => (over = true));
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return {
    send: (part) => new Promise((resolve) => socket.write(part, () => resolve())),
    halfClose: () => socket.end(),
    destroy: () => socket.destroy(),
    async until(pattern) {
      await eventually(() => pattern.test(text) || over);
      if (!pattern.test(text)) throw new Error(`the server closed without ${String(pattern)}: ${text.slice(0, 200)}`);
      return text;
    },
    async closed() {
      await eventually(() => over);
      return parse(text);
    },
  };
}

/** Sends the parts one after another and waits for the server to close. */
export async function sendRaw(port: number, ...parts: (string | Uint8Array)[]): Promise<RawAnswer> {
  const socket = await openRaw(port);
  for (const part of parts) await socket.send(part);
  return socket.closed();
}

/** Waits for something that happens soon, for 20 s at the most. */
export async function eventually(happened: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 2000; tries += 1) {
    if (await happened()) return;
    await sleep(10);
  }
  throw new Error('it did not happen');
}

function parse(text: string): RawAnswer {
  const [head = '', ...rest] = text.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '').split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? 0), headers, body: rest.join('\r\n\r\n'), text };
}
