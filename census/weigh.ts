/**
 * A process of the census: weighs the files that it is sent, one at a time, with the reader, the limits and the data files beside the
 * model that `weighbridge push` has, and answers what it found. Ends with the program that started it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { WeighbridgeError } from '../src/core/errors.js';
import type { Inspection, RecurrentNode } from '../src/core/inspection.js';
import { inspectWithFolder } from '../src/cli/files/external-folder.js';
import { readChunks } from '../src/cli/files/local-file.js';
import { checkInspection } from '../fuzz/invariants.js';
import { reasonKind } from './reason-kind.js';
import { undecidedIn } from './undecided.js';
import { undescribedOperators } from './undescribed-operators.js';
import type { Cost, Figures, RecurrentFigures, Weighed } from './weighed.js';

/** A file may have 50,000. */
const MAX_LISTED_NODES = 1_000;

export interface Request {
  root: string;
  file: string;
}

process.on('message', (request: Request) => {
  void weigh(request).then((weighed) => process.send!(weighed));
});
process.on('disconnect', () => process.exit());
// A terminal sends it to all: the program that started this one decides.
process.on('SIGINT', () => undefined);
process.send!('ready');

async function weigh({ root, file }: Request): Promise<Weighed> {
  const full = path.join(root, file);
  const measured = startMeasuring();
  try {
    const { inspection } = await inspectWithFolder(full, path.dirname(full));
    const cost = measured();
    return { file, outcome: 'ACCEPTED', code: null, message: null, figures: await figuresOf(full, inspection), cost };
  } catch (error) {
    const refusal = { file, figures: null, cost: measured() };
    if (!(error instanceof WeighbridgeError)) {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return { ...refusal, outcome: 'FAULT', code: 'INTERNAL', message };
    }
    const { code, message } = error;
    if (code === 'FILE_UNREADABLE') return { ...refusal, outcome: 'UNREADABLE', code, message, cost: null };
    return { ...refusal, outcome: 'REFUSED', code, message };
  }
}

async function figuresOf(full: string, inspection: Inspection): Promise<Figures> {
  const { recurrentNodes } = inspection;
  return {
    inspectionVersion: inspection.inspectionVersion,
    byteSize: inspection.byteSize,
    nodes: inspection.nodeCount,
    storedElements: inspection.storedElements,
    claimedElements: inspection.claimed.elements,
    modelParams: inspection.modelParams,
    recurrent: inspection.recurrent.nodes,
    recurrentNodes: recurrentNodes.slice(0, MAX_LISTED_NODES).map(listed),
    verdicts: counted(recurrentNodes.map(({ verdict, reason }) => ({ verdict, reason: reasonKind(reason) }))).map(
      ({ times, ...rest }) => ({ ...rest, nodes: times }),
    ),
    writtenOutCells: inspection.decomposed.cells,
    warnings: counted(inspection.warnings.map(({ code }) => ({ code }))),
    undecided: undecidedIn(inspection),
    undescribed: await undescribedOperators(readChunks(full)),
    contradiction: contradictionIn(inspection),
  };
}

function listed({ path: at, opType, verdict, weights }: RecurrentNode): RecurrentFigures {
  const dims = (role: string) => weights.find((weight) => weight.role === role)?.dims ?? null;
  return { path: at, opType, verdict, dims: { W: dims('W'), R: dims('R'), B: dims('B'), P: dims('P') } };
}

function counted<T extends object>(all: readonly T[]): (T & { times: number })[] {
  const byKey = new Map<string, T & { times: number }>();
  for (const one of all) {
    const key = JSON.stringify(one);
    const known = byKey.get(key);
    if (known) known.times += 1;
    else byKey.set(key, { ...one, times: 1 });
  }
  return [...byKey.values()];
}

/** What the fuzzer asks of every inspection. */
function contradictionIn(inspection: Inspection): string | null {
  try {
    checkInspection(inspection, inspection.byteSize);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

function startMeasuring(): () => Cost {
  const peaks = forgetPeak();
  const [start, before] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(before);
    return {
      seconds: (performance.now() - start) / 1_000,
      processorSeconds: (user + system) / 1_000_000,
      peakBytes: peaks ? peakBytes() : null,
    };
  };
}

/** Linux alone tells the peak of a part of a process's life; elsewhere a large file would be told of all that follow. */
function forgetPeak(): boolean {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    return true;
  } catch {
    return false;
  }
}

function peakBytes(): number | null {
  const [, kibibytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return kibibytes === undefined ? null : Number(kibibytes) * 1_024;
}
