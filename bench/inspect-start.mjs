// What `weighbridge inspect` of a small real model costs beside the start of Node itself: the whole process, again and again.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { figure, ratios } from './figures.mjs';
import { PROGRAM, ROOT } from './server.mjs';

export const summary = 'weighbridge inspect of Silero VAD v5 (2.3 MB), the whole process, against node -e 0 (--rounds)';

const FILE = path.join(ROOT, 'node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx');

export async function measure({ rounds = 21 }) {
  const empty = [];
  const inspect = [];
  run(['-e', '0']); // so that neither pays for a cold disk
  run([PROGRAM, 'inspect', FILE]);
  for (let round = 0; round < rounds; round += 1) {
    empty.push(run(['-e', '0']));
    inspect.push(run([PROGRAM, 'inspect', FILE]));
  }
  return [
    figure('node -e 0', empty, 'ms'),
    figure('weighbridge inspect', inspect, 'ms'),
    figure('weighbridge inspect / node -e 0', ratios(inspect, empty), '', { atMost: 3 }),
  ];
}

function run(args) {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  return performance.now() - start;
}
