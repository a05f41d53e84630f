/**
 * What budgets would say of bytes if they were published now. Must never keep the model, a version or a check. Files beside the model
 * count with the sizes that come with the request; where one is missing, the size is unknown.
 */
import type { VersionRef } from '../../core/catalog.js';
import { WeighbridgeError } from '../../core/errors.js';
import { measurementsOf, NO_PARTS, partsOf, workOfParts } from '../../core/measurements.js';
import { type MeasuredParts } from '../../core/metrics.js';
import { plainLocation } from '../../core/external-location.js';
import { requireAliasName, requireDigest, requireModelName } from '../../core/names.js';
import { ALIASES_ASKED, aliasNotFound } from '../../core/version-name.js';
import { type Principal, requireScope } from '../../core/principal.js';
import { findModel } from '../catalog/model-reads.js';
import type { DryCandidate } from '../checks/check-explanation.js';
import { type Before, findMeasuredParts } from '../checks/check-figures.js';
import { lineOf, unbudgeted } from '../checks/checks.js';
import { type Judged, judge } from '../checks/evaluation.js';
import { translated } from '../faults.js';
import { findWholeInspections } from '../inspections/whole-inspections.js';
import { type Intake, weighModel } from '../artifacts/intake.js';
import type { Needs } from '../needs.js';
import { invalid } from '../rows/details.js';
import { findStanding } from '../rows/model-turn.js';
import { inspectStoredWith, type PublishRequest, requireNamedLocations } from './publish.js';

/** A file beside the model, of which nothing but the size is told. */
interface ExternalSize {
  location: string;
  byteSize: number;
}

/** Of what was weighed. The model need not be there. */
export interface DryCheck extends Omit<Judged, 'keys'> {
  modelName: string;
  digest: string;
  isNewModel: boolean;
}

/** What bytes are compared with instead of the version before, by exactly one of these. */
export interface CheckBase {
  number?: number | null | undefined;
  /** Of a model without any alias it may be absent: then there is nothing to compare with. */
  alias?: string | null | undefined;
  /** Of a version of the model. */
  digest?: string | null | undefined;
  /** Digest of stored bytes, of any model or none. */
  bytes?: string | null | undefined;
}

interface Sent {
  externalSizes?: readonly ExternalSize[] | undefined;
}

export interface CheckRequest extends Intake, Sent {
  model: string;
  base?: CheckBase | undefined;
  /** Of a base that the body begins with. */
  sentBase?: ({ byteSize: number } & Sent) | undefined;
}

/** Needs `publish`, as the publish would that it foretells. Rejects with NAME_INVALID and as a publish does for its bytes and `checkModel` for the base. */
export async function checkUpload(
  needs: Needs,
  principal: Principal,
  { model, base, sentBase, ...sent }: CheckRequest,
): Promise<DryCheck> {
  requireScope(principal, 'publish', requireModelName(model));
  if (sentBase === undefined) return dryCheck(needs, principal, model, await weighSent(sent), base);
  const [first, rest] = splitBody(sent.body, sentBase.byteSize);
  const { byteSize, externalSizes } = sentBase;
  const { signal, expectedSize } = sent;
  const before = await weighSent({ body: first, expectedSize: byteSize, externalSizes, signal });
  const left = expectedSize === undefined ? undefined : Math.max(0, expectedSize - byteSize);
  const found = await weighSent({ ...sent, body: rest, expectedSize: left });
  return dryCheck(needs, principal, model, found, before);
}

async function weighSent({ externalSizes = [], ...intake }: Intake & Sent): Promise<Found> {
  const sizes = new Map(externalSizes.map(({ location, byteSize }) => [plainLocation(location), byteSize]));
  const inspection = await weighModel(intake, (location) => {
    const byteSize = sizes.get(location);
    return Promise.resolve(byteSize === undefined ? null : { byteSize, read: null });
  });
  requireNamedLocations(inspection, externalSizes);
  return {
    inspection,
    work: workOfParts(inspection),
    parts: partsOf(inspection),
    whole: () => Promise.resolve(inspection),
  };
}

/**
 * Needs `publish`. Of stored bytes that the principal may name; rejects with DIGEST_INVALID, ARTIFACT_NOT_FOUND, NAME_INVALID, and for the
 * base with MODEL_NOT_FOUND, VERSION_NOT_FOUND, VERSION_WITHDRAWN.
 */
export async function checkModel(
  needs: Needs,
  principal: Principal,
  {
    model,
    digest,
    externalData,
    base,
  }: Pick<PublishRequest, 'model' | 'digest' | 'externalData'> & { base?: CheckBase | undefined },
): Promise<DryCheck> {
  requireScope(principal, 'publish', requireModelName(model));
  return dryCheck(needs, principal, model, await findStored(needs, principal, digest, externalData), base);
}

async function findStored(
  needs: Needs,
  principal: Principal,
  digest: string,
  externalData: PublishRequest['externalData'] = [],
): Promise<Found> {
  const inspection = await inspectStoredWith(needs, principal, requireDigest(digest), externalData);
  const { id, work } = inspection;
  const parts = await translated(() => findMeasuredParts(needs.database, [id]));
  return {
    inspection,
    work,
    parts: parts.get(id) ?? NO_PARTS,
    whole: async () => (await findWholeInspections(needs, [id])).get(id),
  };
}

type Measured = Parameters<typeof measurementsOf>;

interface Found {
  inspection: Measured[0] & { digest: string; inspectionVersion: number };
  work: Measured[1];
  parts: MeasuredParts;
  whole: DryCandidate['whole'];
}

function candidateOf({ inspection, work, parts, whole }: Found): DryCandidate {
  const { digest, inspectionVersion } = inspection;
  const measurements = measurementsOf(inspection, work);
  return { weighed: { number: null, digest, inspectionVersion, measurements, parts }, whole };
}

async function dryCheck(
  needs: Needs,
  principal: Principal,
  modelName: string,
  found: Found,
  against: CheckBase | Found | undefined,
): Promise<DryCheck> {
  const { digest, inspectionVersion } = found.inspection;
  const model = await findModel(needs, principal, modelName);
  const { name = modelName, id: modelId = null, tags = [] } = model ?? {};
  const named = { modelName: name, modelId, tags };
  const now = new Date();
  const dry = candidateOf(found);
  const judged = await translated(async () => {
    if (against !== undefined) {
      const { before, base } = await findBefore(needs, principal, named, against);
      return judge(needs.database, { ...named, version: null, before }, { now, dry, ...(base && { base }) });
    }
    const version = await findUnchanged(needs, model?.latestVersionId ?? null, digest);
    const place = { ...named, version, isAskedAnew: version !== null };
    return judge(needs.database, place, { now, ...(version === null && { dry }) });
  });
  const { keys: _keys, ...said } = judged ?? unbudgeted(inspectionVersion);
  const isNewModel = modelId === null;
  // A failure needs no such hint, and reads as that of the publish.
  const line = lineOf(said.line, isNewModel && said.conclusion !== 'FAIL' ? name : null);
  return { ...said, line, modelName: name, digest, isNewModel };
}

/** The base that the asker chose: bytes are a candidate of their own, a version is read with the others. */
async function findBefore(
  needs: Needs,
  principal: Principal,
  { modelName, modelId }: { modelName: string; modelId: string | null },
  against: CheckBase | Found,
): Promise<{ before: Before; base?: DryCandidate }> {
  if ('inspection' in against) return givenBytes(candidateOf(against));
  const { bytes, ...ref } = against;
  const given = [bytes, ...Object.values(ref)].filter((one) => one !== undefined && one !== null);
  if (given.length !== 1) throw invalid(['base'], 'must be exactly one of number, alias, digest and bytes');
  if (typeof bytes === 'string') return givenBytes(candidateOf(await findStored(needs, principal, bytes)));
  const { alias } = ref;
  if (typeof alias === 'string') requireAliasName(alias, ['base', 'alias']);
  const versionRef = Object.fromEntries(Object.entries(ref).filter(([, value]) => value !== null)) as VersionRef;
  try {
    if (modelId === null) throw new WeighbridgeError('MODEL_NOT_FOUND', `there is no model "${modelName}"`);
    const version = await findStanding(needs.database, { id: modelId, name: modelName }, versionRef);
    return { before: { versionId: version.id, isGiven: true, why: `version ${version.number}, as given` } };
  } catch (error) {
    const isMissing = error instanceof WeighbridgeError && /^(MODEL|VERSION)_NOT_FOUND$/.test(error.code);
    if (!isMissing || typeof alias !== 'string') throw error;
    const others = modelId === null ? [] : await findAliasNames(needs, modelId);
    // The first publish with an alias sets it. A model that has others is past that: the name is a mistake.
    if (others.length > 0) throw aliasNotFound(modelName, alias, others, ['base', 'alias']);
    return {
      before: {
        versionId: null,
        isGiven: true,
        why: modelId === null ? `there is no model ${modelName} yet` : `there is no alias ${alias} yet`,
      },
    };
  }
}

async function findAliasNames({ database }: Needs, modelId: string): Promise<string[]> {
  const where = { modelId };
  const rows = await database.alias.findMany({
    where,
    select: { name: true },
    orderBy: { name: 'asc' },
    take: ALIASES_ASKED,
  });
  return rows.map(({ name }) => name);
}

function givenBytes(base: DryCandidate): { before: Before; base: DryCandidate } {
  return { before: { versionId: null, weighed: base.weighed, isGiven: true, why: 'the base, as given' }, base };
}

/** The first so many bytes, and what comes after them; the first part must be read to its end before the second. */
function splitBody(
  body: AsyncIterable<Uint8Array>,
  byteSize: number,
): [AsyncIterable<Uint8Array>, AsyncIterable<Uint8Array>] {
  const chunks = body[Symbol.asyncIterator]();
  let over: Uint8Array | null = null;
  async function* first() {
    for (let left = byteSize; left > 0;) {
      const step = await chunks.next();
      if (step.done === true) return;
      const { value } = step;
      if (value.byteLength > left) over = value.subarray(left);
      yield value.subarray(0, left);
      left -= Math.min(left, value.byteLength);
    }
  }
  async function* rest() {
    if (over !== null) yield over;
    yield* { [Symbol.asyncIterator]: () => chunks };
  }
  return [first(), rest()];
}

/** The latest version, if a publish of these bytes alone would make no other. */
async function findUnchanged({ database }: Needs, latestVersionId: string | null, digest: string) {
  if (latestVersionId === null) return null;
  const where = { id: latestVersionId, artifactDigest: digest, externalData: { none: {} } };
  return database.version.findFirst({ where, select: { id: true, number: true } });
}
