/** F11 and F12: what a server says at its door: to odd ranges, to two hosts and to a foreign one, and of its own sign-in link. Tests ask the same in parts. */
import { openRaw } from '../../test/support/raw-http.js';
import { demand, type ExamCase, type Setting } from '../case.js';
import { startServer, type Server } from '../server.js';
import { smallModel } from './models.js';

async function onServer<T>(setting: Setting, env: Record<string, string>, work: (server: Server) => Promise<T>) {
  const server = await startServer({ ...(await setting.newPlace()), env });
  try {
    return await work(server);
  } finally {
    await server.kill();
  }
}

export const oddRequests: ExamCase = {
  id: 'F11',
  title: 'a suffix range over the size, two hosts, a foreign host',
  run: (setting) =>
    onServer(setting, { WEIGHBRIDGE_ANONYMOUS_READ: 'true' }, async (server) => {
      const bytes = smallModel(1);
      demand((await server.publish('m', bytes)) === 201, 'no publish');
      const range = await server.fetch('/models/m/versions/1/artifact', {
        headers: { range: `bytes=-${bytes.length + 1000}` },
      });
      const got = (await range.arrayBuffer()).byteLength;
      const statusOf = async (hosts: string) => {
        const socket = await openRaw(server.port);
        await socket.send(`GET /models/m/versions/1/artifact HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`);
        const answer = await socket.until(/HTTP\/1\.1 \d{3}/);
        socket.destroy();
        return Number(/HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
      };
      const twice = await statusOf('Host: 127.0.0.1\r\nHost: other\r\n');
      const foreign = await statusOf('Host: rebound.example\r\n');
      const own = await statusOf(`Host: 127.0.0.1:${server.port}\r\n`);
      const figure = `range ${range.status} with ${got} of ${bytes.length} bytes, two hosts ${twice}, a foreign host ${foreign}, the own one ${own}`;
      demand(range.status === 206 && got === bytes.length && twice === 400 && foreign === 421 && own === 200, figure);
      return figure;
    }),
};

export const signInLink: ExamCase = {
  id: 'F12',
  title: 'the start line where standard output is a pipe',
  run: (setting) =>
    onServer(setting, { WEIGHBRIDGE_LOG_LEVEL: 'trace' }, (server) => {
      const said = server.printed() + server.log();
      demand(said.includes(server.url), 'it does not say where it listens');
      demand(!/sign-in#[\w-]+/.test(said), 'a link that signs in is printed');
      return Promise.resolve('where it listens is printed, and no link that signs in');
    }),
};
