// A proxy as networks have them: tells http by whole addresses, and tunnels the rest (CONNECT). Knows names that no other machine does.
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';

export interface TestProxy {
  url: string;
  port: number;
  /** What was asked of it since the last time: method and address; beside it, what came as a name and a password. */
  taken(): { asked: string; credentials: string | null; token: string | null }[];
  close(): Promise<void>;
}

interface ProxyOptions {
  /** Ports of this machine, by host and port: `registry.test:443`. */
  hosts: Record<string, number>;
  /** `name:password`, without which it answers 407. */
  credentials?: string;
}

export async function startProxy({ hosts, credentials }: ProxyOptions): Promise<TestProxy> {
  let taken: ReturnType<TestProxy['taken']> = [];
  const sockets = new Set<Socket>();
  const admit = ({ method, url, headers }: http.IncomingMessage): boolean => {
    const [, basic = ''] = /^Basic (.+)$/.exec(headers['proxy-authorization'] ?? '') ?? [];
    const given = basic === '' ? null : Buffer.from(basic, 'base64').toString();
    taken.push({ asked: `${method} ${url}`, credentials: given, token: headers.authorization ?? null });
    return credentials === undefined || given === credentials;
  };
  const server = http.createServer((request, response) => {
    const { host, pathname, search } = new URL(request.url ?? '', 'http://nowhere.test');
    const port = hosts[host.includes(':') ? host : `${host}:80`];
    if (!admit(request)) return response.writeHead(407, { 'proxy-authenticate': 'Basic realm="net"' }).end('who?');
    if (port === undefined) return response.writeHead(502).end('<html>no such host</html>');
    const { 'proxy-authorization': _, ...headers } = request.headers;
    const { method } = request;
    const onward = http.request({ port, host: '127.0.0.1', path: pathname + search, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    return request.pipe(onward);
  });
  server.on('connect', (request: http.IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const port = hosts[request.url ?? ''];
    if (!admit(request)) return socket.end('HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm="net"\r\n\r\nwho?');
    if (port === undefined)
      return socket.end('HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n\r\n<html>no</html>');
    const onward = net.connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    sockets.add(onward);
    return onward.on('error', () => socket.destroy());
  });
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    taken: () => taken.splice(0),
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      taken = [];
      await closed;
    },
  };
}
