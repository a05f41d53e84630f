// The figures of the census against those of an independent counter, test/support/count-onnx.py, which is Python and onnx: over the
// fixtures, and over the corpus where WEIGHBRIDGE_CORPUS names one.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { RecurrentFigures, Weighed } from '../../census/weighed.js';
import { runCensus } from '../support/census.js';

interface Counted {
  file: string;
  /** Why it could not be counted: onnx 1.12 does not read everything. */
  error?: string;
  nodes: number;
  storedElements: number;
  recurrentNodes: Pick<RecurrentFigures, 'opType' | 'dims'>[];
}

const PYTHON = process.env['WEIGHBRIDGE_PYTHON'] ?? '/usr/bin/python3';
const hasOnnx = spawnSync(PYTHON, ['-c', 'import onnx']).status === 0;
if (!hasOnnx) {
  process.stdout.write(
    `the census is not compared with another counter: ${PYTHON} has no onnx (apt-get install python3-onnx)\n`,
  );
}
const corpus = process.env['WEIGHBRIDGE_CORPUS'];
const hasCorpus = corpus !== undefined && existsSync(path.join(corpus, 'truth.json'));

const lines = <T>(output: string) =>
  output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);

async function count(files: readonly string[]): Promise<Counted[]> {
  const child = spawn(PYTHON, ['test/support/count-onnx.py'], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(files.map((file) => `${file}\n`).join(''));
  return lines<Counted>(await text(child.stdout));
}

/** What the counter knows, as the census says it: dims that it does not resolve are left to the census. */
function asCounted({ figures }: Weighed, counted: Counted): object {
  const { nodes, storedElements, recurrentNodes } = figures!;
  const others = recurrentNodes.filter(({ opType }) => ['LSTM', 'GRU', 'RNN'].includes(opType));
  return {
    nodes,
    storedElements,
    recurrentNodes: others.map(({ opType, dims }, index) => {
      const known = counted.recurrentNodes[index]?.dims;
      const role = (name: keyof typeof dims) => (known?.[name] == null ? null : dims[name]);
      return { opType, dims: { W: role('W'), R: role('R'), B: role('B'), P: role('P') } };
    }),
  };
}

async function compare(root: string) {
  const { stdout } = await runCensus('--lines', '-', root);
  const accepted = lines<Weighed>(stdout)
    // Files that claim more than they hold are counted apart; of those with thousands of nodes only the first are listed.
    .filter(
      ({ figures }) => figures && figures.claimedElements === 0 && figures.recurrent === figures.recurrentNodes.length,
    )
    .sort((a, b) => (a.file < b.file ? -1 : 1));
  const counts = await count(accepted.map(({ file }) => path.join(root, file)));
  const both = accepted.map((weighed, index) => ({ weighed, counted: counts[index]! }));
  const compared = both.filter(({ counted }) => counted.error === undefined);
  return {
    census: compared.map(({ weighed, counted }) => ({ file: weighed.file, ...asCounted(weighed, counted) })),
    counter: compared.map(({ weighed, counted: { file: _, ...counted } }) => ({ file: weighed.file, ...counted })),
    failed: both.flatMap(({ weighed: { file }, counted: { error } }) =>
      error === undefined ? [] : [`${file}: ${error}`],
    ),
    dims: compared
      .flatMap(({ counted }) => counted.recurrentNodes.flatMap(({ dims }) => Object.values(dims)))
      .filter((one) => one !== null).length,
  };
}

(hasOnnx ? test : test.skip)(
  'fixtures: nodes, stored elements and dims of W, R, B and P are those of the counter',
  async () => {
    const { census, counter, failed, dims } = await compare(path.resolve('fixtures'));
    expect(census).toEqual(counter);
    expect(failed).toEqual([]);
    expect(dims).toBeGreaterThan(100);
  },
);

(hasOnnx && hasCorpus ? test : test.skip)(
  'the corpus: the same',
  async () => {
    const { census, counter, failed, dims } = await compare(corpus!);
    expect(census).toEqual(counter);
    // How often their nodes are there is a question of taste.
    expect(failed.filter((why) => !why.endsWith('functions that call themselves'))).toEqual([]);
    expect(dims).toBeGreaterThan(500);
  },
  300_000,
);
