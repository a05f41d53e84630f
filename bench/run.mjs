// npm run bench [-- NAME… [--rounds N] [--mib N] [--models N] …]: runs the measurements one after another and prints their figures. Measures dist/ as it
// is shipped. Nothing here passes or fails a build: what a figure is worth depends on what else the machine does.
import os from 'node:os';
import { parseArgs } from 'node:util';
import { printFigure } from './figures.mjs';

const MEASUREMENTS = [
  'inspect',
  'first-start',
  'list',
  'publish',
  'processes',
  'upload',
  'upload-peers',
  'beside',
  'audit',
  'scale',
  'check',
  'budgets',
  'compare',
  'first-view',
  'client',
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    mib: { type: 'string' },
    models: { type: 'string' },
    versions: { type: 'string' },
    nodes: { type: 'string' },
    'database-url': { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
if (values.help) {
  console.log(`npm run bench [-- NAME… [--rounds N] [--mib N] [--models N] [--versions N] [--nodes N] [--database-url URL]]

Measures ${MEASUREMENTS.join(', ')}: those that are named, else all. docs/performance.md says what each figure is.`);
  process.exit(0);
}
const unknown = positionals.filter((name) => !MEASUREMENTS.includes(name));
if (unknown.length > 0) {
  console.error(`no measurement is named ${unknown.join(', ')}; there are ${MEASUREMENTS.join(', ')}`);
  process.exit(2);
}
const options = Object.fromEntries(
  Object.entries(values).map(([name, text]) => [name, name === 'database-url' ? text : Number(text)]),
);

const load = () => os.loadavg()[0].toFixed(1);
console.log(
  `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${os.availableParallelism()} processors, load ${load()}`,
);
for (const name of positionals.length > 0 ? positionals : MEASUREMENTS) {
  const { measure, summary } = await import(`./${name}.mjs`);
  console.log(`\n${name}: ${summary}`);
  for (const each of await measure(options)) printFigure(each);
  console.log(`  (load after it: ${load()})`);
}
