/** F04: a token that may only read sends one operation that is within every limit and costs as much as can be had. */
import { demand, type ExamCase } from '../case.js';
import { floatTensor, model, node, value } from '../../test/support/onnx-model.js';
import { demandAlive, startServer, watchLife, type Server } from '../server.js';

const NODES = 4_096;
const VERSIONS = 12;
const ALIASES = 15;
const GLOBS = 95;
/** Of an operation, by docs/operating.md, and as much again for a machine that is busy. */
const OPERATION_MS = 20_000;
/** Somebody else's small query meanwhile. */
const OTHERS_MS = 5_000;

/** As many LSTM nodes as asked, over the same few weights. */
function manyNodes(seed: number): Uint8Array {
  return model({
    node: Array.from({ length: NODES }, (_, index) =>
      node(
        'LSTM',
        ['x', 'W', 'R', 'B'],
        [`y${index}`],
        { hidden_size: 1 },
        { name: `a${'a'.repeat(60)}${index}.${seed}` },
      ),
    ),
    initializer: [floatTensor('W', [1, 4, 1], { fill: seed }), floatTensor('R', [1, 4, 1]), floatTensor('B', [1, 8])],
    input: [value('x', ['time', 1, 1])],
    output: [value('y0', ['time', 1, 1, 1])],
  });
}

export const greedyReader: ExamCase = {
  id: 'F04',
  title: '15 lists of 95 globs; 15 large comparisons',
  async run(setting) {
    const server = await startServer(await setting.newPlace());
    try {
      for (let seed = 1; seed <= VERSIONS; seed += 1) {
        const status = await server.publish(`m${seed % 3}`, manyNodes(seed));
        demand(status === 201, `a model of ${NODES} nodes was answered with ${status}`);
      }
      const figures: string[] = [];
      for (const [what, operation] of [
        ['globs', globs()],
        ['comparisons', comparisons()],
      ] as const) {
        figures.push(`${what}: ${await attack(server, what, operation)}`);
      }
      return figures.join('; ');
    } finally {
      await server.kill();
    }
  },
};

async function attack(server: Server, what: string, operation: { query: string; variables: object }): Promise<string> {
  const watching = watchLife(server);
  const others = watchOthers(server);
  const since = performance.now();
  const response = await server.fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(operation),
  });
  const text = await response.text();
  const ms = performance.now() - since;
  const [life, other] = [await watching(), await others()];
  const code = /"code":"(\w+)"/.exec(text)?.[1] ?? 'none';
  demand(
    [200, 503].includes(response.status) && ['none', 'TIMEOUT'].includes(code),
    `${what}: ${response.status} ${code}`,
  );
  const figures = `${(ms / 1000).toFixed(1)} s (${code === 'none' ? 'answered' : code}), live ${Math.round(life.worst)} ms, others ${Math.round(other)} ms`;
  demand(life.worst < 1_000 + life.machine && ms < OPERATION_MS && other < OTHERS_MS, `${what}: ${figures}`);
  demandAlive(life);
  return figures;
}

/** The longest that a small query of somebody else took. */
function watchOthers(server: Server): () => Promise<number> {
  let worst = 0;
  let over = false;
  const watching = (async () => {
    while (!over && server.process.exitCode === null && server.process.signalCode === null) {
      const since = performance.now();
      await server.ask('{ models(first: 1) { nodes { name } } }').catch(() => undefined);
      worst = Math.max(worst, performance.now() - since);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  return async () => {
    over = true;
    await watching;
    return worst;
  };
}

/** The patterns are a variable, so that the text stays within its tokens. */
function globs() {
  const lists = Array.from(
    { length: ALIASES },
    (_, index) => `l${index}: versions(first: 1, where: { or: $f }) { nodes { number } }`,
  );
  return {
    query: `query ExamGlobs($f: [VersionFilter!]) { ${lists.join(' ')} }`,
    variables: {
      f: Array.from({ length: GLOBS }, (_, index) => ({
        recurrentNodes: { some: { path: { glob: `*a*a*a*a*b${index}` } } },
      })),
    },
  };
}

function comparisons() {
  const side = (index: number, ref: number) => `{ version: { model: "m${index % 3}", ref: { number: ${ref} } } }`;
  const pairs = Array.from({ length: ALIASES }, (_, index) => {
    const [base, compare] = [1 + (index % 4), 1 + ((index + 1) % 4)];
    return `c${index}: compareVersions(input: { base: ${side(index, base)}, compare: ${side(index, compare)} }) { changes(first: 1) { totalCount } }`;
  });
  return { query: `query ExamComparisons { ${pairs.join(' ')} }`, variables: {} };
}
