/** Estimates as people read them: each answer, and below it its rule and assumption. Text only, all of it safe. */
import type { Estimates, ReportedEstimate } from '../../core/layer/workload.js';
import { count, counted, styled } from '../terminal/output.js';
import { wrapped } from '../terminal/wrap.js';

export function reportEstimates(params: number, estimates: Estimates, width: number): string {
  const { question, sizes, trainingMemory, trainingExamples, macsPerStep, stateBytes, trainingCompute } = estimates;
  const { trainingMemoryWithActivations: withActivations, trainingSeconds } = estimates;
  const { dtype, optimizer, examples, timeSteps, epochs, batch, flopsPerSecond } = question;
  const times = [counted(examples, 'example'), counted(timeSteps, 'step'), counted(epochs, 'epoch')].join(' × ');
  const told = `${dtype.toLowerCase()}, ${optimizer.toLowerCase()}, ${times}`;
  const [size] = sizes;
  const bySize = sizes.map(({ dtype: type, estimate }) => `${type.toLowerCase()} ${bytes(estimate.value)}`);
  const { unit, least, most, rules, warning } = trainingExamples;
  const byRule = rules.map(({ name, source, estimate }) => `    ${name} ${figure(estimate.value)}: ${source}`);
  const parts = macsPerStep.inputs.filter(({ name }) => name !== 'nodes');
  const lines = [
    `  size: ${bySize.join(', ')}`,
    ...(size ? [reason(size.estimate)] : []),
    `  training memory: ${bytes(trainingMemory.value)}`,
    reason(trainingMemory),
    `  with activations, batch ${count(batch)}, ${counted(timeSteps, 'step')}: ${bytes(withActivations.value)}`,
    reason(withActivations),
    `  training examples: ${figure(least)} to ${figure(most)} (${unit})`,
    ...byRule,
    `    ${warning}`,
    `  work: ${figure(macsPerStep.value)} multiply–accumulates a time step: ${parts.map(({ name, value }) => `${name} ${figure(value)}`).join(', ')}`,
    `    ${macsPerStep.assumption}`,
    `  state: ${bytes(stateBytes.value)}`,
    reason(stateBytes),
    `  training compute: ${figure(trainingCompute.value)} floating-point operations`,
    reason(trainingCompute),
    ...(flopsPerSecond === null
      ? []
      : [
          `  training time at ${count(flopsPerSecond)} FLOP/s: ${trainingSeconds.value === null ? figure(null) : counted(trainingSeconds.value, 'second')}`,
          reason(trainingSeconds),
        ]),
  ].flatMap((line) => wrapped(line, width));
  return [
    ...wrapped(`Estimates for ${counted(params, 'param')} (${told})`, width).map((line) => styled('bold', line)),
    ...lines,
  ].join('\n');
}

function reason({ rule, assumption }: ReportedEstimate): string {
  return `    ${rule}; ${assumption}`;
}

function figure(value: number | null): string {
  return value === null ? 'over 2^53−1' : count(value);
}

function bytes(value: number | null): string {
  return value === null ? 'over 2^53−1 bytes' : counted(value, 'byte');
}
