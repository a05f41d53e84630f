/**
 * The library: what the command line finds out about models, as functions. Answers with the objects that `--json` prints; throws
 * WeighbridgeError with a `code`. The same for Node and browsers, which differ in host.ts alone.
 */
import { ofIncomplete, type CheckReport } from '../core/check/check-report.js';
import { checkLocally, type NamedInspection, type NoBase } from '../core/check/local-check.js';
import type { Comparison } from '../core/comparison.js';
import { compareInspections } from '../core/drift/compare.js';
import { WeighbridgeError } from '../core/errors.js';
import { problemsOf, type Found } from '../core/external-problems.js';
import type { Inspection } from '../core/inspection.js';
import { paramsByConvention, recurrentParameters, type LayerStack, type ParamsBreakdown } from '../core/layer/stack.js';
import {
  estimate,
  ESTIMATE_DEFAULTS,
  workloadOfNodes,
  workloadOfStack,
  type EstimateQuestion,
  type Estimates,
} from '../core/layer/workload.js';
import { createInspector } from '../onnx/inspect.js';
import { createSha256 } from '../onnx/read/platform.js';
import { type HubAccess, parseAddress, withoutSecrets } from '../remote/address.js';
import { type Fetched, weighRemote } from '../remote/weigh.js';
import { requireOptions, requireStack } from './arguments.js';
import { parseBudgets, type Budgets } from './budgets.js';
import { inspectBeside, open, webAddress } from './host.js';
import { chunksOf, requireRanges, type ModelSource, type RangeSource } from './source.js';

export { WeighbridgeError, type ErrorCode } from '../core/errors.js';
export type { BudgetDraft, Budgets } from './budgets.js';
export type { ModelSource, RangeSource } from './source.js';
export type { CheckReport, Comparison, Estimates, Fetched, HubAccess, Inspection, LayerStack, ParamsBreakdown };

export interface ReadOptions {
  /**
   * Where the external data of a model is: its folder (in Node, for a path), or what finds the source for a location, null for none. Null
   * asks for none: then `check` judges the model file alone.
   */
  externalData?: string | ((location: string) => Promise<RangeSource | null>) | null;
  /** Of an address, read the whole file: then its digest and contents are known. */
  whole?: boolean;
  /** What the Hugging Face Hub is asked with; sent to no other host. */
  hub?: HubAccess;
  /** Stops the reading; what is thrown is its reason. */
  signal?: AbortSignal;
}

export interface InspectOptions extends ReadOptions {
  /** List the stored tensors too, as `--tensors` does. */
  tensors?: boolean;
  /** Estimate size, memory and work, as `--estimates` does; what is not given is as its help says. */
  estimates?: boolean | Partial<EstimateQuestion>;
}

/** What `weighbridge inspect --json` prints of a file, without its name. */
export interface Weighed extends Omit<Inspection<string | null>, 'tensors'> {
  /** How much of the file at an address was read. */
  fetched?: Fetched;
  tensors?: Inspection['tensors'];
  estimates?: Estimates;
}

export interface CompareOptions extends ReadOptions {
  /** List what did not change too, as `--all` does. */
  unchanged?: boolean;
  /** What the two sides are called in the answer. */
  baseLabel?: string;
  candidateLabel?: string;
}

export interface CheckOptions extends ReadOptions {
  candidate: ModelSource;
  /** Without it limits on growth are skipped. */
  base?: ModelSource;
  baseLabel?: string;
  candidateLabel?: string;
  /** By which budgets expire; now, unless given. */
  now?: Date;
}

/** What is in a model: its recurrent nodes with their verdicts, its params, elements, bytes and warnings. */
export async function inspect(source: ModelSource, options: InspectOptions = {}): Promise<Weighed> {
  requireOptions('inspect', options);
  const { inspection: read, fetched } = await weigh(source, options);
  const { tensors, ...inspection } = read;
  const question = questionOf(options.estimates);
  const nodes = inspection.recurrentNodes.map((sizes) => ({ sizes, nodes: 1 }));
  return {
    ...inspection,
    ...(fetched && { fetched }),
    ...(options.tensors && { tensors }),
    ...(question && { estimates: estimate(workloadOfNodes(inspection.modelParams, nodes), question) }),
  };
}

/** What grew between two models, where and why: what `weighbridge diff --output json` prints. */
export async function compare(
  base: ModelSource,
  candidate: ModelSource,
  options: CompareOptions = {},
): Promise<Comparison> {
  requireOptions('compare', options);
  const { unchanged = false, baseLabel, candidateLabel } = options;
  const [before, after] = [await weigh(base, options), await weigh(candidate, options)];
  return compareInspections(before.inspection, after.inspection, {
    unchanged,
    baseLabel: baseLabel ?? labelOf(base, 'base'),
    compareLabel: candidateLabel ?? labelOf(candidate, 'candidate'),
  });
}

/**
 * Whether a model keeps to budgets, in the shape of `weighbridge.schema.json` or as its list: what `weighbridge check --output json --changes` prints.
 * What is missing of its external data is in `incomplete`, and lets nothing pass.
 */
export async function check(budgets: Budgets, options: CheckOptions): Promise<CheckReport> {
  requireOptions('check', options);
  const { candidate, base, baseLabel, candidateLabel, now = new Date() } = options;
  const { budgets: judged } = parseBudgets(Array.isArray(budgets) ? { budgets } : budgets, 'check');
  const { inspection, found } = await weigh(candidate, options);
  const subject = { label: candidateLabel ?? labelOf(candidate, 'candidate'), inspection };
  const given: NamedInspection | NoBase =
    base === undefined
      ? { why: 'no base was given' }
      : { label: baseLabel ?? labelOf(base, 'base'), inspection: (await weigh(base, options)).inspection };
  const problems = options.externalData === null ? [] : problemsOf(inspection, found);
  return ofIncomplete(await checkLocally(subject, given, judged, now), problems, 'externalData: null');
}

/** The parameters of a stack of recurrent layers from its sizes, by gate, part and layer: what `weighbridge formula --json` prints. */
export function formula(
  stack: LayerStack,
  options: Pick<InspectOptions, 'estimates'> = {},
): ParamsBreakdown & { conventions: ReturnType<typeof paramsByConvention>; estimates?: Estimates } {
  requireStack(stack);
  requireOptions('formula', options);
  const result = recurrentParameters(stack);
  const question = questionOf(options.estimates);
  return {
    ...result,
    conventions: paramsByConvention(stack),
    ...(question && { estimates: estimate(workloadOfStack(stack, result), question) }),
  };
}

interface Read {
  inspection: Inspection<string | null>;
  /** What its external data is. */
  found: readonly Found[];
  fetched?: Fetched;
}

async function weigh(source: ModelSource, options: ReadOptions): Promise<Read> {
  const { whole, hub, signal } = options;
  const externalData = checked(options.externalData);
  signal?.throwIfAborted();
  const isNamed = typeof source === 'string' || source instanceof URL;
  const address = isNamed ? webAddress(source) : null;
  if (typeof externalData === 'string') {
    if (isNamed && address === null) return inspectBeside(source, externalData, signal);
    throw new WeighbridgeError('INPUT_INVALID', 'a folder of external data goes with a path: give a function instead');
  }
  if (address !== null) {
    const files = externalData === null ? NONE : externalData;
    const { inspection, found, fetched } = await weighRemote(parseAddress(address, hub), { whole, signal, files });
    return { inspection, found: files === undefined ? found : foundBy(inspection, files), fetched };
  }
  const inspector = createInspector();
  const sha256 = createSha256();
  for await (const chunk of isNamed ? open(source) : chunksOf(source)) {
    signal?.throwIfAborted();
    inspector.write(chunk);
    sha256.update(chunk);
  }
  const files = externalData ?? undefined;
  const inspection = await inspector.finish(`sha256:${sha256.finish()}`, files);
  return { inspection, found: foundBy(inspection, files) };
}

/** What a caller's function answers with is looked at too. */
function checked(externalData: ReadOptions['externalData']): ReadOptions['externalData'] {
  if (typeof externalData !== 'function') return externalData;
  return async (location) => {
    const found: unknown = await externalData(location);
    return found === null || found === undefined ? null : requireRanges(found, `externalData of ${location}`);
  };
}

const NONE = () => Promise.resolve(null);

/** What the caller had for the data that a model names. */
function foundBy({ externalData }: Inspection<string | null>, files: unknown): Found[] {
  const problem =
    files === undefined ? 'no externalData was given' : 'it was not given, or ends before what the tensors claim';
  return externalData.map(({ location, byteSize }) => ({ location, problem: byteSize === null ? problem : null }));
}

function questionOf(estimates: InspectOptions['estimates']): EstimateQuestion | null {
  if (estimates === undefined || estimates === false) return null;
  return { ...ESTIMATE_DEFAULTS, ...(estimates === true ? {} : estimates) };
}

function labelOf(source: ModelSource, fallback: string): string {
  if (typeof source !== 'string' && !(source instanceof URL)) return fallback;
  return webAddress(source) === null ? String(source) : withoutSecrets(String(source));
}
