// Pictures of every page, in both themes and at two widths, of a registry in a temporary folder with real models: Silero VAD, and the
// corpus where WEIGHBRIDGE_CORPUS names one. Writes to the folder that is given, else to a temporary one, whose name it prints. With
// --readme it makes those of the documents instead, in docs/img; with --only=compare those pages alone whose names begin so.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { startRegistry } from '../dist/app.js';
import { loadConfig } from '../dist/config.js';
import { operationTexts } from './operation-files.mjs';
import { findBrowser, HOW_TO_GET_A_BROWSER } from './find-browser.mjs';

const SILERO = path.join(
  path.dirname(createRequire(import.meta.url).resolve('@ricky0123/vad-web/package.json')),
  'dist',
);
const KEPT = fileURLToPath(new URL('../docs/img/', import.meta.url));
const WIDTHS = { wide: 1280, narrow: 390 };
const THEMES = ['light', 'dark'];

/** `show` leads from the address to what is to be seen; `signedOut` shows it to a stranger. */
const PAGES = [
  {
    name: 'registry',
    address: '/',
    show: (page) => page.getByRole('link', { name: 'silero-vad', exact: true }).waitFor(),
  },
  {
    name: 'registry-filtered',
    address: '/?op=GRU&bias=DOUBLE&order=name',
    show: (page) => page.locator('.list, .empty').first().waitFor(),
  },
  { name: 'nothing-found', address: '/?q=no-such-model', show: (page) => page.locator('.empty').waitFor() },
  { name: 'model', address: '/models/silero-vad', show: (page) => page.getByRole('link', { name: 'v1' }).waitFor() },
  { name: 'version', address: '/models/silero-vad/versions/2', show: openFirstNode },
  {
    name: 'compare',
    address: '/compare?base=silero-vad@1&compare=silero-vad@2',
    show: (page) => page.getByRole('heading', { name: 'Changes' }).waitFor(),
  },
  { name: 'compare-nothing', address: '/compare', show: (page) => page.locator('.empty').waitFor() },
  { name: 'compare-files', address: '/compare', show: chooseTwoFiles },
  {
    name: 'audit',
    address: '/audit',
    show: (page) => page.locator('.list tbody tr').first().waitFor(),
  },
  {
    name: 'checks',
    address: '/checks?outcome=FAIL',
    show: (page) => page.getByRole('link', { name: 'silero-vad v2' }).waitFor(),
  },
  { name: 'check', address: '/checks?outcome=FAIL', show: openCheck },
  { name: 'calculator', address: '/calculator?input=25&hidden=100&maxParams=50000', show: isCounted },
  {
    name: 'calculator-stack',
    address: '/calculator?input=40&hidden=64&layers=3&directions=2&projection=20&peepholes=true',
    show: isCounted,
  },
  { name: 'publish', address: '/publish', show: chooseFile },
  { name: 'published', address: '/publish', show: publishFile },
  { name: 'api', address: '/api', show: runOperation },
  { name: 'sign-in', address: '/sign-in', show: (page) => page.getByLabel('Token').waitFor(), signedOut: true },
  { name: 'stranger', address: '/', show: (page) => page.locator('.empty').waitFor(), signedOut: true },
  { name: 'no-such-page', address: '/models/none', show: (page) => page.locator('.empty').waitFor() },
];

/** What the README shows: the top of a page, as a screen does. */
const FOR_README = [
  { name: 'registry', theme: 'light', height: 800 },
  { name: 'version', theme: 'light', height: 900, scrollTo: '.nodes' },
  { name: 'calculator', theme: 'dark', height: 860 },
  { name: 'model', theme: 'light', height: 800 },
];

const program = findBrowser();
if (program === null) {
  console.error(`There is no browser here: ${HOW_TO_GET_A_BROWSER}.`);
  process.exit(2);
}
const only = process.argv.find((argument) => argument.startsWith('--only='))?.slice('--only='.length) ?? '';
const forReadme = process.argv.includes('--readme');
const [given] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const target = forReadme ? KEPT : (given ?? mkdtempSync(path.join(os.tmpdir(), 'weighbridge-screenshots-')));
mkdirSync(target, { recursive: true });

const data = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-screenshots-data-'));
let registry;
let browser;
try {
  registry = await startRegistry(loadConfig({ WEIGHBRIDGE_LOG_LEVEL: 'error' }, { data, port: '0' }));
  const token = readFileSync(path.join(data, 'admin-token'), 'utf8').trim();
  await setBudgets(token);
  for (const version of models()) await publish(version, token);
  browser = await chromium.launch({ executablePath: program });
  if (forReadme) for (const picture of FOR_README) await shootForReadme(picture, token);
  else {
    for (const theme of THEMES) {
      for (const [size, width] of Object.entries(WIDTHS)) await shootAll({ theme, size, width, token });
    }
  }
  console.log(`The pictures are in ${target}.`);
} finally {
  await browser?.close();
  await registry?.close();
  rmSync(data, { recursive: true, force: true });
}

async function shootAll({ theme, size, width, token }) {
  for (const { name, address, show, signedOut } of PAGES.filter((one) => one.name.startsWith(only))) {
    const page = await open({ theme, width, height: 900, token: signedOut ? null : token });
    await page.goto(registry.url + address);
    await show(page);
    await settled(page);
    await page.screenshot({ path: path.join(target, `${name}-${theme}-${size}.png`), fullPage: true });
    await page.context().close();
  }
}

async function shootForReadme({ name, theme, height, scrollTo }, token) {
  const { address, show } = PAGES.find((one) => one.name === name);
  const page = await open({ theme, width: WIDTHS.wide, height, token });
  await page.goto(registry.url + address);
  await show(page);
  if (scrollTo !== undefined)
    await page
      .locator(scrollTo)
      .first()
      .evaluate((element) => element.scrollIntoView());
  await settled(page);
  await page.screenshot({ path: path.join(target, `${name}.png`) });
  await page.context().close();
}

async function open({ theme, width, height, token }) {
  const context = await browser.newContext({
    colorScheme: theme,
    viewport: { width, height },
    reducedMotion: 'reduce',
  });
  if (token !== null) {
    const headers = { 'X-Weighbridge-Page': '1' };
    await context.request.post(`${registry.url}/session`, { headers, data: { token } });
  }
  return context.newPage();
}

/** Nothing is loading, and no line waits for its content. */
async function settled(page) {
  await page.waitForLoadState('networkidle');
  await page.waitForFunction('document.querySelector(`.skeleton, [aria-busy=true]`) === null');
}

async function openCheck(page) {
  await page.getByRole('link', { name: 'silero-vad v2' }).click();
  await page.locator('.findings').waitFor();
}

async function openFirstNode(page) {
  await page.getByRole('button', { name: /LSTM/ }).first().click();
  await page.locator('.check').waitFor();
}

async function chooseTwoFiles(page) {
  await page.getByLabel('Choose a file for base').setInputFiles(path.join(SILERO, 'silero_vad_legacy.onnx'));
  await page.getByText('The file silero_vad_legacy.onnx').waitFor();
  await page.getByLabel('Choose a file for compare').setInputFiles(path.join(SILERO, 'silero_vad_v5.onnx'));
  await page.getByRole('heading', { name: 'Changes' }).waitFor();
}

function isCounted(page) {
  return page.locator('.calculator-result').waitFor();
}

async function chooseFile(page) {
  await page.getByLabel('Choose files').setInputFiles(path.join(SILERO, 'silero_vad_v5.onnx'));
  await page.getByText('More about the version').click();
}

async function publishFile(page) {
  await page.getByLabel('Choose files').setInputFiles(path.join(SILERO, 'silero_vad_v6.onnx'));
  await page.getByLabel('Model').fill('silero-vad');
  await page.getByRole('main').getByRole('button', { name: 'Publish' }).click();
  await page.getByRole('link', { name: 'Open the version' }).waitFor();
}

async function runOperation(page) {
  await page.locator('.view-line', { hasText: 'LargestVersions' }).waitFor();
  await page.getByRole('button', { name: /^Execute query/ }).click();
  await page.locator('.result-window .view-line', { hasText: '"data"' }).first().waitFor();
}

/** Exports of the same module by two exporters are two versions of one model. */
function models() {
  const aliases = { legacy: 'production', v6: 'candidate' };
  const silero = ['legacy', 'v5', 'v6'].map((label) => ({
    model: 'silero-vad',
    file: path.join(SILERO, `silero_vad_${label}.onnx`),
    label,
    alias: aliases[label],
  }));
  const corpus = process.env.WEIGHBRIDGE_CORPUS;
  if (!corpus) return silero;
  const exports = filesIn(path.join(corpus, 'exports')).map((file) => {
    const [, name, exporter] = /^(.*?)(?:_(t\d+))?\.onnx$/.exec(path.basename(file));
    return { model: modelName(name), file, label: exporter };
  });
  const real = filesIn(path.join(corpus, 'real')).map((file) => ({
    model: modelName(path.basename(file, '.onnx').replace(/__[0-9a-f]{8}$/, '')),
    file,
    label: undefined,
  }));
  return [...exports, ...real, ...silero];
}

/** So that there are checks to see: version 2 breaks the first. */
async function setBudgets(token) {
  const query = operationTexts(new URL('operations/', import.meta.url)).ScreenshotBudgets;
  const response = await fetch(`${registry.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = await response.json();
  const refused = errors ?? Object.values(data).flatMap(({ userErrors }) => userErrors);
  if (refused.length > 0) throw new Error(refused.map(({ message }) => message).join('\n'));
}

function filesIn(folder) {
  const names = readdirSync(folder).filter((name) => name.endsWith('.onnx'));
  return names.sort().map((name) => path.join(folder, name));
}

function modelName(text) {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

async function publish({ model, file, label, alias }, token) {
  const query = new URLSearchParams({ ...(label && { label }), ...(alias && { alias }) });
  const response = await fetch(`${registry.url}/models/${model}/versions?${query}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}` },
    body: readFileSync(file),
  });
  if (!response.ok) throw new Error(`${file} was not published: ${await response.text()}`);
}
