// The demo: a registry in a fresh temporary folder, three published versions of Silero VAD, and what GraphQL says about them.
// Everything that is printed comes from the registry's API. Ctrl-C ends it (`-- --exit`: it ends itself) and removes the folder.
import { createReadStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { startRegistry } from '../dist/app.js';
import { loadConfig } from '../dist/config.js';
import { reportNodes } from '../dist/cli/inspection-report.js';
import { columns, count } from '../dist/cli/output.js';
import { safeText } from '../dist/cli/safe-text.js';

const MODEL = 'silero-vad';
const FILES = ['silero_vad_legacy.onnx', 'silero_vad_v5.onnx', 'silero_vad_v6.onnx'];
const PACKAGE = path.dirname(createRequire(import.meta.url).resolve('@ricky0123/vad-web/package.json'));

const QUERY = `query ($n: String!) { model(name: $n) { latestVersion { number }
  versions(first: 10, orderBy: { field: NUMBER, direction: ASC }) { totalCount nodes { number labels inspection {
    storedElements modelParams nodeCount recurrent { nodes unverifiableNodes perUse distinct effective effectiveDistinct }
    recurrentNodes(first: 50) { totalCount nodes {
      path opType inputSize hiddenSize numDirections biasConvention verdict reason stored expected effective formula { none single double } } } } } }
  statistics { versionCount recurrentParamsPerUse { first last min max mean } } } }`;

const folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-demo-'));
let registry;
try {
  console.log('Starting a registry in a temporary folder …');
  registry = await startRegistry(loadConfig({ WEIGHBRIDGE_LOG_LEVEL: 'error' }, { data: folder, port: '0' }));
  const tokenFile = path.join(folder, 'admin-token');
  const headers = { authorization: `Bearer ${(await readFile(tokenFile, 'utf8')).trim()}` };
  for (const file of FILES) await publish(file, headers);
  printModel(await ask(QUERY, { n: MODEL }, headers));
  if (!process.argv.includes('--exit')) {
    console.log(`The registry listens on ${registry.url} until Ctrl-C. Ask it something:\n`);
    console.log(curlLine(tokenFile));
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
  console.log(`Published ${file} (${count(answer.byteSize)} bytes) as ${answer.model} version ${answer.number}`);
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
  const { versionCount, recurrentParamsPerUse: perUse } = model.statistics;
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
