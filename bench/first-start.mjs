// The first start on the embedded database, from an empty folder until the server is ready: with the template that the package ships,
// and from a copy of the package without it.
import { spawn } from 'node:child_process';
import { cp, mkdir, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { figure, ratios } from './figures.mjs';
import { freePort, ROOT, SERVER, SERVER_PACKAGE, serverEnvironment, temporaryFolder } from './server.mjs';

export const summary =
  'serve in an empty folder until /health/ready says 200, with and without the template (--rounds)';

export async function measure({ rounds = 5 }) {
  const bare = await copyWithoutTemplate();
  const [shipped, without] = [[], []];
  try {
    await timeStart(SERVER_PACKAGE); // once unmeasured, so that the program itself is read from memory in all
    for (let round = 0; round < rounds; round += 1) {
      shipped.push(await timeStart(SERVER_PACKAGE));
      without.push(await timeStart(bare));
    }
  } finally {
    await rm(bare, { recursive: true, force: true });
  }
  return [
    figure('with the template', shipped, 's', { atMost: 4 }),
    figure('without', without, 's'),
    figure('with / without', ratios(shipped, without), '', { atMost: 0.5 }),
  ];
}

async function copyWithoutTemplate() {
  const folder = await temporaryFolder();
  for (const part of ['dist', 'prisma', 'package.json'])
    await cp(path.join(SERVER_PACKAGE, part), path.join(folder, part), { recursive: true });
  await symlink(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  return folder;
}

async function timeStart(root) {
  const data = await temporaryFolder();
  const folder = path.join(data, 'data');
  await mkdir(folder);
  const port = await freePort();
  const start = performance.now();
  const child = spawn(process.execPath, [path.join(root, SERVER), '--data', folder, '--port', String(port)], {
    env: serverEnvironment(),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  try {
    while (!(await isReady(port))) {
      if (child.exitCode !== null) throw new Error('the server did not start');
      await sleep(20);
    }
    return (performance.now() - start) / 1000;
  } finally {
    child.kill('SIGKILL');
    await gone;
    await rm(data, { recursive: true, force: true });
  }
}

async function isReady(port) {
  try {
    return (await fetch(`http://127.0.0.1:${port}/health/ready`)).status === 200;
  } catch {
    return false; // not listening yet
  }
}
