/** A connection that breaks: passes all on to a port of this machine, counts what was sent, and cuts everything off when it is told to. */
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';

export interface Gate {
  url: string;
  /** Bytes from clients so far. */
  sent(): number;
  /** Once, when so many more bytes from clients came. */
  after(bytes: number, happens: () => void): void;
  /** All connections, without a word. */
  cut: () => void;
  close(): Promise<void>;
}

export async function openGate(port: number): Promise<Gate> {
  const sockets = new Set<Socket>();
  let sent = 0;
  let waiting: { at: number; happens: () => void } | null = null;
  const server = net.createServer((client) => {
    const onward = net.connect(port, '127.0.0.1');
    for (const [socket, other] of [
      [client, onward],
      [onward, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined); // the other side sees it as an end
      socket.on('close', () => (sockets.delete(socket), other.destroy()));
    }
    client.on('data', (chunk: Buffer) => {
      sent += chunk.length;
      if (waiting === null || sent < waiting.at) return;
      const { happens } = waiting;
      waiting = null;
      happens();
    });
    client.pipe(onward);
    onward.pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => sockets.forEach((socket) => socket.destroy());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent: () => sent,
    after: (bytes, happens) => void (waiting = { at: sent + bytes, happens }),
    cut,
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
