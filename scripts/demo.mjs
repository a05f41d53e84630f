// The demo: a registry in a fresh temporary folder, three published versions of Silero VAD, what GraphQL says about them, why they
// differ, a budget that the second breaks, its approval, and the audit. Everything that is printed comes from the registry's API and the
// command line. Ctrl-C ends it (`-- --exit`: it ends itself) and removes the folder.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { startRegistry } from '../dist/app.js';
import { loadConfig } from '../dist/config.js';
import { reportNodes } from '../dist/cli/inspect/inspection-report.js';
import { columns, count } from '../dist/cli/terminal/output.js';
import { safeText } from '../dist/cli/terminal/safe-text.js';
import { operationTexts } from './operation-files.mjs';

const MODEL = 'silero-vad';
const FILES = ['silero_vad_legacy.onnx', 'silero_vad_v5.onnx', 'silero_vad_v6.onnx'];
const MAIN = fileURLToPath(new URL('../dist/packages/weighbridge-server/dist/node/main.js', import.meta.url));
const PACKAGE = path.dirname(createRequire(import.meta.url).resolve('@ricky0123/vad-web/package.json'));

const OPERATIONS = operationTexts(new URL('operations/', import.meta.url));

const folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-demo-'));
let registry;
try {
  console.log('Starting a registry in a temporary folder …');
  registry = await startRegistry(loadConfig({ WEIGHBRIDGE_LOG_LEVEL: 'error' }, { data: folder, port: '0' }));
  const tokenFile = path.join(folder, 'admin-token');
  const headers = { authorization: `Bearer ${(await readFile(tokenFile, 'utf8')).trim()}` };
  const [first, ...others] = FILES;
  await publish(first, headers);
  await setRules(headers);
  for (const file of others) await publish(file, headers);
  printModel(await ask(OPERATIONS.DemoSizes, { n: MODEL }, headers));
  const settings = { WEIGHBRIDGE_URL: registry.url, WEIGHBRIDGE_TOKEN_FILE: tokenFile };
  await weighbridge(['diff', `${MODEL}@1`, `${MODEL}@2`], settings);
  await weighbridge(['diff', `${MODEL}@2`, `${MODEL}@3`], settings);
  await approve(headers);
  await weighbridge(['audit', '--metric', 'RECURRENT_PER_USE', '--baseline', 'first'], settings);
  if (!process.argv.includes('--exit')) {
    console.log(`The registry listens on ${registry.url} until Ctrl-C. Ask it something:\n\n${curlLine(tokenFile)}`);
    console.log(`Or look at it (the link works once):\n\n  ${registry.url}/sign-in#${registry.signInCode}`);
    await interrupted();
    console.log('\nStopping …');
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
} finally {
  await registry?.close();
  rmSync(folder, { recursive: true, force: true });
}

/** As `curl -T` does: the raw bytes, streamed. */
async function publish(file, headers) {
  const source = path.join(PACKAGE, 'dist', file);
  const label = file.replace(/^silero_vad_|\.onnx$/g, '');
  const response = await fetch(`${registry.url}/models/${MODEL}/versions?label=${label}`, {
    method: 'PUT',
    headers: { ...headers, 'content-length': String(statSync(source).size) },
    body: Readable.toWeb(createReadStream(source)),
    duplex: 'half',
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${file} was not published: ${answer.code}: ${answer.message}`);
  const check = answer.check ? `\n  ${safeText(answer.check.line)}` : '';
  console.log(
    `Published ${file} (${count(answer.byteSize)} bytes) as ${answer.model} version ${answer.number}${check}`,
  );
}

async function setRules(headers) {
  refuse(await ask(OPERATIONS.DemoBudget, { n: MODEL }, headers));
  console.log('Budget set: recurrent params per use may grow by 20 % from one version to the next.');
  console.log('The alias production is at version 1 and protected: it moves to no version whose check fails.');
}

/** The alias stays until somebody with the scope approve says why the growth is fine. */
async function approve(headers) {
  const [held] = (await ask(OPERATIONS.DemoMove, { n: MODEL }, headers)).setAlias.userErrors;
  console.log(`production to version 2: ${held ? `${held.code}, ${safeText(held.message)}` : 'moved'}`);
  const { latestCheck } = (await ask(OPERATIONS.DemoLatestCheck, { n: MODEL }, headers)).version;
  const reason = 'The new board has the memory for it';
  const approved = await ask(OPERATIONS.DemoApprove, { id: latestCheck.id, reason }, headers);
  refuse(approved);
  const { check, approval } = approved.approveCheck;
  console.log(`Approved by ${approval.approvedBy}, “${reason}”: the check is ${check.conclusion} now.`);
  refuse(await ask(OPERATIONS.DemoMove, { n: MODEL }, headers));
  console.log('production to version 2: moved.\n');
}

/** Throws what any mutation of the answer refused. */
function refuse(answer) {
  const errors = Object.values(answer).flatMap(({ userErrors }) => userErrors);
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
}

/** As typed by hand; that a verdict is bad ends nothing here. */
async function weighbridge(args, settings) {
  console.log(`$ weighbridge ${args.join(' ')}\n`);
  const command = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, ...settings }, stdio: 'inherit' });
  const [code] = await once(command, 'close');
  if (code === 2) throw new Error(`weighbridge ${args[0]} could not answer`);
  console.log();
}

async function ask(query, variables, headers) {
  const response = await fetch(`${registry.url}/graphql`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(errors.map(({ message }) => message).join('\n'));
  return data;
}

function printModel({ model }) {
  for (const { number, labels, inspection } of model.versions.nodes) {
    const { recurrent, recurrentNodes } = inspection;
    console.log(`\n${MODEL} version ${number} (${labels.join(', ')})\n`);
    console.log(reportNodes(recurrentNodes.nodes, recurrentNodes.totalCount, columns()).join('\n\n'));
    console.log(
      [
        '',
        `the first path in full: ${safeText(recurrentNodes.nodes[0]?.path ?? '')}`,
        `recurrent params: ${count(recurrent.perUse)} per use, ${count(recurrent.distinct)} distinct, ${count(recurrent.effectiveDistinct)} effective and distinct`,
        `whole file:       ${count(inspection.modelParams)} params in ${count(inspection.storedElements)} stored elements, ${count(inspection.nodeCount)} nodes`,
      ].join('\n'),
    );
  }
  const { versionCount, recurrentPerUse: perUse } = model.statistics;
  console.log(
    `\nOver ${versionCount} versions: recurrent params per use from ${count(perUse.first)} to ${count(perUse.last)}, at least ${count(perUse.min)}, at most ${count(perUse.max)}; latest is version ${model.latestVersion.number}.\n`,
  );
}

function curlLine(tokenFile) {
  const query = `{ model(name: \\"${MODEL}\\") { versions(first: 3) { nodes { number inspection { recurrent { perUse distinct } } } } } }`;
  return [
    `  curl -s ${registry.url}/graphql -H "Authorization: Bearer $(cat '${tokenFile}')" \\`,
    `    -H 'Content-Type: application/json' -d '{"query":"${query}"}'`,
    '',
  ].join('\n');
}

/** Resolves at the first Ctrl-C or SIGTERM; the second ends the program at once. */
function interrupted() {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve);
  });
}
