// Files that curl sends to this registry, to Docker's registry and to nginx, whichever of them are installed: the rate of one, and of eight at once.
// nginx neither hashes what it is sent nor waits for the disk; the other two do both. So it is asked once more, with both done after it.
import { execFile, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, open, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { figure, ratios } from './figures.mjs';
import { freePort, startTemporaryServer, temporaryFolder } from './server.mjs';

export const summary =
  'files sent by curl, against nginx and the registry of Docker, where they are installed (--mib, --rounds)';

const AT_ONCE = 8;
const run = promisify(execFile);

export async function measure({ rounds = 3, mib = 128 }) {
  const folder = await temporaryFolder();
  await chmod(folder, 0o711); // nginx writes as another user
  const servers = [];
  try {
    servers.push(await startOurs());
    for (const [name, starts] of Object.entries({
      'docker-registry': [startDockerRegistry],
      nginx: [startNginx, startNginxWithDigests],
    })) {
      const program = find(name);
      if (program === null)
        console.log(`  ${name} is not installed: apt-get install ${name === 'nginx' ? 'nginx-light' : name}`);
      else for (const start of starts) servers.push(await start(program, path.join(folder, start.name)));
    }
    const files = Array.from({ length: AT_ONCE }, (_, i) => path.join(folder, `file-${i}`));
    const rates = new Map(
      servers.flatMap(({ name }) => [
        [`${name}, one`, []],
        [`${name}, ${AT_ONCE} at once`, []],
      ]),
    );
    for (let round = 0; round < rounds; round += 1) {
      for (let i = 0; i < servers.length; i += 1) {
        const server = servers[(i + round) % servers.length];
        for (const count of [1, AT_ONCE]) {
          const digests = await Promise.all(files.slice(0, count).map((file) => fill(file, mib)));
          const addresses = await Promise.all(digests.map((digest) => server.address(digest)));
          spawnSync('sync');
          const start = performance.now();
          await Promise.all(
            addresses.map(async (address, at) => {
              await sendFile(files[at], address, server.headers);
              await server.keep?.(address);
            }),
          );
          const seconds = (performance.now() - start) / 1000;
          rates.get(`${server.name}, ${count === 1 ? 'one' : `${count} at once`}`).push((count * mib) / seconds);
        }
        await server.empty();
      }
    }
    const [ours, ...peers] = servers.map(({ name }) => name);
    return [
      ...[...rates].map(([name, values]) => figure(name, values, 'MiB/s')),
      ...peers.flatMap((peer) =>
        ['one', `${AT_ONCE} at once`].map((how) =>
          figure(`ours / ${peer}, ${how}`, ratios(rates.get(`${ours}, ${how}`), rates.get(`${peer}, ${how}`)), '', {
            atLeast: 1,
          }),
        ),
      ),
    ];
  } finally {
    for (const server of servers) await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** With bytes that no server has yet. */
async function fill(file, mib) {
  const piece = randomBytes(2 ** 20);
  const hash = createHash('sha256');
  const handle = await open(file, 'w');
  for (let i = 0; i < mib; i += 1) {
    piece.writeUInt32LE(i);
    hash.update(piece);
    await handle.write(piece);
  }
  await handle.close();
  return `sha256:${hash.digest('hex')}`;
}

function sendFile(file, address, headers) {
  return run('curl', ['-sSf', '-T', file, ...headers.flatMap((line) => ['-H', line]), address]);
}

async function startOurs() {
  const server = await startTemporaryServer({ environment: { WEIGHBRIDGE_UPLOADS_PER_TOKEN: String(AT_ONCE) } });
  return {
    name: 'ours',
    headers: [`Authorization: Bearer ${server.token}`, 'Content-Type: application/octet-stream'],
    address: (digest) => `${server.url}/blobs/${digest}`,
    empty: () => emptyFolder(path.join(server.data, 'blobs', 'sha256')),
    stop: () => server.stop(),
  };
}

async function startDockerRegistry(program, folder) {
  const port = await freePort();
  const data = path.join(folder, 'data');
  await mkdir(data, { recursive: true });
  const file = path.join(folder, 'config.yml');
  await writeFile(
    file,
    `version: 0.1\nlog: { level: error, accesslog: { disabled: true } }\nstorage: { filesystem: { rootdirectory: ${data} } }\nhttp: { addr: '127.0.0.1:${port}' }\n`,
  );
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(program, ['serve', file], {
    stdio: 'ignore',
    env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' },
  });
  await answering(`${url}/v2/`);
  return {
    name: 'docker-registry',
    headers: ['Content-Type: application/octet-stream'],
    async address(digest) {
      const { headers } = await fetch(`${url}/v2/bench/blobs/uploads/`, { method: 'POST' });
      const address = new URL(headers.get('location'), url);
      address.searchParams.set('digest', digest);
      return address.href;
    },
    empty: () => emptyFolder(data),
    stop: () => ended(child),
  };
}

async function startNginx(program, folder) {
  const port = await freePort();
  const data = path.join(folder, 'data');
  await mkdir(data, { recursive: true });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  await writeFile(
    path.join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/nginx.pid;
events { worker_connections 64; }
http {
  access_log off; client_max_body_size 0;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
  server { listen 127.0.0.1:${port}; location / { root ${data}; dav_methods PUT; } }
}
`,
  );
  const child = spawn(program, ['-p', folder, '-c', 'nginx.conf', '-e', 'error.log'], { stdio: 'ignore' });
  await answering(`http://127.0.0.1:${port}/`);
  return {
    name: 'nginx',
    headers: [],
    address: (digest) => `http://127.0.0.1:${port}/${digest.replace(':', '-')}`,
    empty: () => emptyFolder(data),
    stop: () => ended(child),
  };
}

/** With what a registry has promised once it answers: a digest of the bytes, and that they are on the disk. */
async function startNginxWithDigests(program, folder) {
  const nginx = await startNginx(program, folder);
  return {
    ...nginx,
    name: 'nginx, openssl and sync',
    async keep(address) {
      const file = path.join(folder, 'data', new URL(address).pathname);
      await Promise.all([run('openssl', ['dgst', '-sha256', file]), run('sync', [file])]);
    },
  };
}

async function emptyFolder(folder) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
}

async function answering(url) {
  for (let tries = 0; tries < 400; tries += 1) {
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      return;
    await pause(25);
  }
  throw new Error(`nothing answers at ${url}`);
}

async function ended(child) {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

/** Debian keeps some where only root looks for programs. */
function find(name) {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin'];
  return folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file)) ?? null;
}
