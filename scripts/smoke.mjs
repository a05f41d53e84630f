// Installs both packages, starts, publishes and compares on the lines of Node that the tests do not run on. Node comes from npm, in the packages that hold its binary; they
// are for this alone and no dependency of the project.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The newest of their lines when this was last looked at. */
const NODES = ['22.23.5', '24.22.3', '26.10.0'];
/** Recurrent params per use of the two files, as docs/graphql.md has them. */
const PUBLISHED = [
  { file: 'silero_vad_legacy.onnx', recurrent: 266_240 },
  { file: 'silero_vad_v5.onnx', recurrent: 528_384 },
];
/** A start takes 3 s and a command 1 s where nothing else runs. */
const START_MS = 120_000;
const COMMAND_MS = 60_000;

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MODELS = path.join(ROOT, 'node_modules/@ricky0123/vad-web/dist');
/** Without the settings of whoever runs this. */
const ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => name !== 'DATABASE_URL' && !name.startsWith('WEIGHBRIDGE_')),
);
const run = promisify(execFile);
const npm = (folder, ...args) => run('npm', args, { cwd: folder, shell: process.platform === 'win32' });

const work = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-smoke-'));
try {
  const program = path.join(await installPackages(), 'node_modules/weighbridge/dist/node/main.js');
  if (!existsSync(program)) throw new Error(`there is no ${program}`);
  for (const [version, node] of await installNodes()) {
    const since = performance.now();
    await smoke(version, node, program);
    console.log(`Node ${version}: started, published, compared, stopped (${Math.round(performance.now() - since)} ms)`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function smoke(version, node, program) {
  const data = path.join(work, `data-${version}`);
  const server = spawn(node, [program, 'serve', '--port', '0', '--data', data], {
    env: { ...ENVIRONMENT, WEIGHBRIDGE_LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(server, 'exit');
  try {
    const url = await startedUrl(server);
    const env = { ...ENVIRONMENT, WEIGHBRIDGE_URL: url, WEIGHBRIDGE_TOKEN_FILE: path.join(data, 'admin-token') };
    const weighbridge = (...args) => run(node, [program, ...args], { env, timeout: COMMAND_MS });
    for (const { file } of PUBLISHED) await weighbridge('push', 'silero-vad', path.join(MODELS, file));
    const { stdout } = await weighbridge('diff', 'silero-vad@1', 'silero-vad@2', '--output', 'json');
    const { base, compare } = JSON.parse(stdout).totals.recurrentPerUse;
    if (![base, compare].every((figure, i) => figure === PUBLISHED[i].recurrent)) {
      throw new Error(`on Node ${version} the comparison says ${base} and ${compare}`);
    }
  } finally {
    server.kill('SIGTERM');
    const [code] = await exited;
    // Windows has no signals: there the server is ended from outside.
    if (code !== 0 && process.platform !== 'win32') {
      console.error(`on Node ${version} the server ended with ${code}`);
      process.exitCode = 1;
    }
  }
}

/** From the line that is printed when it listens. */
async function startedUrl(server) {
  const timer = setTimeout(() => server.kill('SIGKILL'), START_MS);
  let text = '';
  try {
    for await (const chunk of server.stdout) {
      text += chunk;
      const [, url] = /listens on (http:\S+?)\.?\s/.exec(text) ?? [];
      if (url !== undefined) return url;
    }
  } finally {
    clearTimeout(timer);
  }
  throw new Error(`the server did not start within ${START_MS} ms: ${text}`);
}

/** Versions with the path of their binary. */
async function installNodes() {
  const folder = path.join(work, 'nodes');
  emptyProject(folder);
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  const packages = NODES.map((version) => `node-${version}@npm:${name}-${platform}-${process.arch}@${version}`);
  await npm(folder, 'install', '--ignore-scripts', '--no-audit', '--no-fund', ...packages);
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  return NODES.map((version) => [version, path.join(folder, 'node_modules', `node-${version}`, 'bin', binary)]);
}

async function installPackages() {
  const folder = path.join(work, 'packages');
  emptyProject(folder);
  for (const name of ['weighbridge', 'weighbridge-server'])
    await npm(path.join(ROOT, 'dist/packages', name), 'pack', '--silent', '--pack-destination', folder);
  const tarballs = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
  await npm(folder, 'install', '--no-audit', '--no-fund', ...tarballs.map((file) => `./${file}`));
  return folder;
}

function emptyProject(folder) {
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'package.json'), '{"private":true}');
}
