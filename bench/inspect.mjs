// Time and memory of `weighbridge inspect` on models made to be large: against hashing the same bytes, and against readers that decode
// the whole file. Each file is made in a temporary folder and removed.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { figure, ratios } from './figures.mjs';
import { lstmOfSize, sharedLstms, smallNodes, tensorOfWeights, tensorOfZeros } from './inspect-models.mjs';
import { PYTHON } from './python.mjs';
import { PROGRAM, ROOT, temporaryFolder } from './server.mjs';

export const summary =
  'large models: time against SHA-256 of the same bytes, peak memory of the whole process (--rounds, --mib for the LSTM)';

const script = (name) => path.join(ROOT, 'bench', name);
const INSPECT = [PROGRAM, 'inspect', '--json'];

export async function measure({ rounds = 3, mib = 1024 }) {
  const folder = await temporaryFolder();
  const file = path.join(folder, 'model.onnx');
  try {
    await lstmOfSize(file, mib * 2 ** 20);
    const figures = measureLstm(file, `LSTM of ${mib} MiB`, rounds);
    const others = [
      ['100,000 small nodes', () => smallNodes(file, 100_000)],
      ['20,000 LSTM nodes on one weight', () => sharedLstms(file, 20_000)],
      ['one tensor of 400 MB', () => tensorOfWeights(file, 400_000_000)],
      ['more than 2 GiB, all zero', () => tensorOfZeros(file, 2 ** 31)],
    ];
    for (const [name, make] of others) {
      await rm(file);
      await make();
      const runs = Array.from({ length: rounds }, () => run([...INSPECT, file]));
      figures.push(timeOf(name, runs), ...peakOf(name, runs, { atMost: 256 }));
    }
    return [...figures, ...measureCorpus(process.env.WEIGHBRIDGE_CORPUS)];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function measureLstm(file, name, rounds) {
  const times = JSON.parse(run([script('inspect-hash.mjs'), file, rounds]).stdout);
  const inspect = Array.from({ length: rounds }, () => run([...INSPECT, file]));
  const others = [
    ['onnx-proto', Array.from({ length: rounds }, () => run([script('inspect-plain.mjs'), file]))],
    ["Python's onnx", hasPythonOnnx() ? Array.from({ length: rounds }, () => runPython(file)) : []],
  ];
  return [
    figure(`${name}: SHA-256 alone`, times.hash, 'ms'),
    figure(`${name}: inspect, SHA-256 included`, times.inspect, 'ms'),
    figure(`${name}: inspect / SHA-256`, ratios(times.inspect, times.hash), '', { atMost: 1.1 }),
    ...peakOf(name, inspect, { atMost: 160 }),
    ...others.flatMap(([other, runs]) => comparePeaks(name, inspect, other, runs)),
  ];
}

function comparePeaks(name, inspect, other, runs) {
  if (runs.length === 0 || !hasPeaks([...inspect, ...runs])) return [];
  const peaks = (all) => all.map(({ peakMib }) => peakMib);
  return [
    figure(`${name}: peak of ${other}`, peaks(runs), 'MiB'),
    figure(`${name}: peak of ${other} / of inspect`, ratios(peaks(runs), peaks(inspect)), '', { atLeast: 5 }),
  ];
}

/** All of the corpus, of every kind, in one process; nothing where it is not here. */
function measureCorpus(corpus) {
  if (!corpus) return [];
  const { files } = JSON.parse(readFileSync(path.join(corpus, 'truth.json'), 'utf8'));
  const paths = files.map(({ file }) => path.join(corpus, file)).filter((file) => existsSync(file));
  const all = run([...INSPECT, ...paths], [0, 2]);
  return [
    figure(`corpus of ${paths.length} files in one process`, [paths.length / all.seconds], 'files/s'),
    ...peakOf('corpus', [all], null),
  ];
}

function timeOf(name, runs) {
  return figure(
    `${name}: time`,
    runs.map(({ seconds }) => seconds),
    's',
  );
}

function peakOf(name, runs, target) {
  if (!hasPeaks(runs)) return [];
  return [
    figure(
      `${name}: peak memory`,
      runs.map(({ peakMib }) => peakMib),
      'MiB',
      target,
    ),
  ];
}

function hasPeaks(runs) {
  return runs.every(({ peakMib }) => peakMib > 0);
}

/** A Node program, start included. */
function run(args, statuses = [0]) {
  const start = performance.now();
  const { status, output } = spawnSync(process.execPath, ['--import', script('peak.mjs'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    maxBuffer: 2 ** 30,
  });
  const seconds = (performance.now() - start) / 1000;
  if (!statuses.includes(status)) throw new Error(`${args.slice(0, 3).join(' ')}: ${output[2]}`);
  return { seconds, stdout: output[1], peakMib: Number(output[3]) / 1024 };
}

function hasPythonOnnx() {
  return spawnSync(PYTHON, ['-c', 'import onnx']).status === 0;
}

function runPython(file) {
  const code = `import onnx, sys
onnx.load(sys.argv[1])
print([line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')][0])`;
  const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', code, file]);
  if (status !== 0) throw new Error(`${PYTHON}: ${stderr}`);
  return { peakMib: Number(stdout) / 1024 };
}
