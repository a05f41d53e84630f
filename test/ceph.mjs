// A throw-away object store that cannot outlive its tests: Ceph with one monitor, one disk and its gateway for S3, on this machine alone. It says
// "ready ENDPOINT KEY SECRET" (or "none REASON") and removes everything when its standard input ends. It takes the orders "kill gateway" and
// "start gateway", and says "done". Debian: ceph-mon ceph-osd radosgw.
import { execFile, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findFreePort } from './postgres-programs.mjs';

const run = promisify(execFile);
const PROGRAMS = ['ceph', 'ceph-authtool', 'ceph-mon', 'ceph-osd', 'monmaptool', 'radosgw', 'radosgw-admin'];

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});

const folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-ceph-'));
const at = (...steps) => path.join(folder, ...steps);
const daemons = new Map();
let endpoint;
const orders = createInterface(process.stdin.on('error', () => {}));
const input = new Promise((resolve) => orders.once('close', resolve));
try {
  console.log('ready', await start());
  orders.on('line', (order) => {
    obey(order).then(
      () => console.log('done'),
      (error) => console.log(error.message),
    );
  });
  await input;
} catch (error) {
  console.log('none', error.message.trim().replace(/\s+/g, ' '));
} finally {
  // Nothing of it is needed again.
  await Promise.all([...daemons.keys()].map(kill));
  rmSync(folder, { recursive: true, force: true });
  process.exit();
}

async function start() {
  const missing = PROGRAMS.filter((name) => !isInstalled(name));
  if (missing.length > 0) throw new Error(`no ${missing.join(', ')} on this machine`);
  const [monitor, gateway] = [await findFreePort(), await findFreePort()];
  for (const part of ['mon', 'osd', 'gateway', 'run', 'log']) mkdirSync(at(part));
  const [cluster, disk] = [randomUUID(), randomUUID()];
  writeFileSync(at('ceph.conf'), configuration({ cluster, monitor, gateway }));
  const keyring = at('keyring');
  const all = ['mon', 'osd', 'mgr'].flatMap((kind) => ['--cap', kind, 'allow *']);
  const key = (name, ...caps) => run('ceph-authtool', [keyring, '--gen-key', '-n', name, ...caps]);
  await run('monmaptool', ['--create', '--fsid', cluster, '--addv', 'a', `[v2:127.0.0.1:${monitor}]`, at('monmap')]);
  await run('ceph-authtool', ['--create-keyring', keyring, '--gen-key', '-n', 'mon.', '--cap', 'mon', 'allow *']);
  await key('client.admin', ...all);
  await key('osd.0', '--cap', 'mon', 'allow profile osd', '--cap', 'osd', 'allow *');
  await key('client.gateway', '--cap', 'mon', 'allow rw', '--cap', 'osd', 'allow rwx');
  const settings = ['-c', at('ceph.conf')];
  await run('ceph-mon', [...settings, '--mkfs', '-i', 'a', '--monmap', at('monmap'), '--keyring', keyring]);
  daemon('ceph-mon', '-i', 'a');
  await run('ceph', [...settings, '--connect-timeout', '60', 'osd', 'new', disk]);
  await run('ceph-osd', [...settings, '-i', '0', '--mkfs', '--osd-uuid', disk]);
  daemon('ceph-osd', '-i', '0');
  endpoint = `http://127.0.0.1:${gateway}`;
  await startGateway();
  const [id, secret] = [randomBytes(10).toString('hex'), randomBytes(20).toString('hex')];
  const user = [
    'user',
    'create',
    '--uid=tests',
    '--display-name=tests',
    `--access-key=${id}`,
    `--secret-key=${secret}`,
  ];
  await run('radosgw-admin', [...settings, ...user]);
  return `${endpoint} ${id} ${secret}`;
}

async function obey(order) {
  if (order === 'kill gateway') await kill('radosgw');
  else if (order === 'start gateway') await startGateway();
  else throw new Error(`there is no order ${order}`);
}

function daemon(program, ...args) {
  const child = spawn(program, ['-c', at('ceph.conf'), ...args, '--foreground'], { stdio: 'ignore' });
  child.on('error', () => {}); // noticed below: nothing answers
  daemons.set(program, child);
}

async function startGateway() {
  daemon('radosgw', '-n', 'client.gateway');
  for (let tries = 0; !(await answers(endpoint)); tries += 1) {
    if (tries === 480) throw new Error("Ceph's gateway did not start");
    await sleep(250);
  }
}

async function kill(program) {
  const child = daemons.get(program);
  daemons.delete(program);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

/** One copy of everything, in 8 GiB that are only taken as they are filled. What is deleted gives its room back at once, not in two hours. */
function configuration({ cluster, monitor, gateway }) {
  return `[global]
fsid = ${cluster}
mon host = [v2:127.0.0.1:${monitor}]
mon initial members = a
keyring = ${at('keyring')}
osd pool default size = 1
osd pool default min size = 1
mon allow pool size one = true
osd crush chooseleaf type = 0
osd pool default pg num = 8
mon max pg per osd = 1000
osd objectstore = bluestore
bluestore block size = ${8 * 2 ** 30}
bluestore block create = true
run dir = ${at('run')}
admin socket = ${at('run')}/$name.asok
log file = ${at('log')}/$name.log
public addr = 127.0.0.1
cluster addr = 127.0.0.1
mon data = ${at('mon')}
osd data = ${at('osd')}
[client.gateway]
rgw frontends = beast endpoint=127.0.0.1:${gateway}
rgw data = ${at('gateway')}
rgw gc obj min wait = 1
rgw gc processor period = 5
rgw gc processor max time = 5
`;
}

function isInstalled(program) {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin'];
  return folders.some((place) => existsSync(path.join(place, program)));
}

async function answers(url) {
  try {
    await fetch(url, { signal: AbortSignal.timeout(2000) });
    return true;
  } catch {
    return false;
  }
}
