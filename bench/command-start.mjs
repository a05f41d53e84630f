// What short commands cost beside the start of Node itself, and beside Python's own reader of ONNX where it is installed: whole processes,
// one after another in every round.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { figure, ratios } from './figures.mjs';
import { PYTHON } from './python.mjs';
import { PROGRAM, ROOT } from './server.mjs';

const FILE = path.join(ROOT, 'node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx');
const COMMANDS = {
  node: [process.execPath, '-e', '0'],
  help: [process.execPath, PROGRAM, '--help'],
  inspect: [process.execPath, PROGRAM, 'inspect', FILE],
};
const LOAD = [PYTHON, '-c', 'import sys, onnx; onnx.load(sys.argv[1])', FILE];

export async function measure({ rounds = 21 }) {
  const hasOnnx = spawnSync(LOAD[0], LOAD.slice(1), { stdio: 'ignore' }).status === 0;
  const commands = { ...COMMANDS, ...(hasOnnx && { load: LOAD }) };
  const times = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
  for (const command of Object.values(commands)) run(command); // so that none pays for a cold disk
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, command] of Object.entries(commands)) times[name].push(run(command));
  }
  const { node, help, inspect, load } = times;
  return [
    figure('node -e 0', node, 'ms'),
    figure('weighbridge --help', help, 'ms'),
    figure('weighbridge --help / node -e 0', ratios(help, node), '', { atMost: 1.3 }),
    figure('weighbridge inspect', inspect, 'ms'),
    figure('weighbridge inspect / node -e 0', ratios(inspect, node), '', { atMost: 2.5 }),
    ...(load === undefined
      ? []
      : [
          figure('onnx.load of Python', load, 'ms'),
          figure('weighbridge inspect / onnx.load', ratios(inspect, load), '', { atMost: 1.5 }),
        ]),
  ];
}

function run([program, ...args]) {
  const start = performance.now();
  const { status, stderr } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  return performance.now() - start;
}
