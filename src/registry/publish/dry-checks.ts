/**
 * What budgets would say of bytes if they were published now. Must never keep the model, a version or a check. Files beside the model
 * count with the sizes that come with the request; where one is missing, the size is unknown.
 */
import type { Weighed } from '../../core/check/check.js';
import { measurementsOf, NO_PARTS, partsOf, workOfParts } from '../../core/measurements.js';
import { type MeasuredParts } from '../../core/metrics.js';
import { plainLocation } from '../../core/external-location.js';
import { requireDigest, requireModelName } from '../../core/names.js';
import { type Principal, requireScope } from '../../core/principal.js';
import { findModel } from '../catalog/model-reads.js';
import type { DryCandidate } from '../checks/check-explanation.js';
import { findMeasuredParts } from '../checks/check-figures.js';
import { unbudgeted } from '../checks/checks.js';
import { loadWholeInspections } from '../comparison/comparison.js';
import { type Judged, judge } from '../checks/evaluation.js';
import { translated } from '../faults.js';
import { type Intake, weighModel } from '../artifacts/intake.js';
import type { Needs } from '../needs.js';
import { inspectStoredWith, type PublishRequest, requireNamedLocations } from './publish.js';

/** A file beside the model, of which nothing but the size is told. */
export interface ExternalSize {
  location: string;
  byteSize: number;
}

/** Of what was weighed. The model need not be there. */
export interface DryCheck extends Omit<Judged, 'keys'> {
  modelName: string;
  digest: string;
}

/** Needs `publish`, as the publish would that it foretells. Rejects with NAME_INVALID and as a publish does for its bytes. */
export async function checkUpload(
  needs: Needs,
  principal: Principal,
  { model, externalSizes = [], ...intake }: Intake & { model: string; externalSizes?: readonly ExternalSize[] },
): Promise<DryCheck> {
  requireScope(principal, 'publish', requireModelName(model));
  const sizes = new Map(externalSizes.map(({ location, byteSize }) => [plainLocation(location), byteSize]));
  const inspection = await weighModel(intake, (location) => {
    const byteSize = sizes.get(location);
    return Promise.resolve(byteSize === undefined ? null : { byteSize, read: null });
  });
  requireNamedLocations(inspection, externalSizes);
  return dryCheck(needs, principal, model, {
    inspection,
    work: workOfParts(inspection),
    parts: partsOf(inspection),
    whole: () => Promise.resolve(inspection),
  });
}

/** Needs `publish`. Of stored bytes that the principal may name; rejects with DIGEST_INVALID, ARTIFACT_NOT_FOUND, NAME_INVALID. */
export async function checkModel(
  needs: Needs,
  principal: Principal,
  { model, digest, externalData }: Pick<PublishRequest, 'model' | 'digest' | 'externalData'>,
): Promise<DryCheck> {
  requireScope(principal, 'publish', requireModelName(model));
  const inspection = await inspectStoredWith(needs, principal, requireDigest(digest), externalData ?? []);
  const parts = await translated(() => findMeasuredParts(needs.database, [inspection.id]));
  const { id, work } = inspection;
  return dryCheck(needs, principal, model, {
    inspection,
    work,
    parts: parts.get(id) ?? NO_PARTS,
    whole: async () => (await loadWholeInspections(needs, [id])).get(id),
  });
}

type Measured = Parameters<typeof measurementsOf>;

interface Found {
  inspection: Measured[0] & { digest: string; inspectionVersion: number };
  work: Measured[1];
  parts: MeasuredParts;
  whole: DryCandidate['whole'];
}

async function dryCheck(
  needs: Needs,
  principal: Principal,
  modelName: string,
  { inspection, work, parts, whole }: Found,
): Promise<DryCheck> {
  const { digest, inspectionVersion } = inspection;
  const measurements = measurementsOf(inspection, work);
  const weighed: Weighed = { number: null, digest, inspectionVersion, measurements, parts };
  const model = await findModel(needs, principal, modelName);
  const version = await translated(() => findUnchanged(needs, model?.latestVersionId ?? null, digest));
  const { name = modelName, id: modelId = null, tags = [] } = model ?? {};
  const place = { modelName: name, modelId, tags, version, isAskedAnew: version !== null };
  const question = { now: new Date(), ...(version === null && { dry: { weighed, whole } }) };
  const judged = await translated(() => judge(needs.database, place, question));
  const { keys: _keys, ...said } = judged ?? unbudgeted(inspectionVersion);
  return { ...said, modelName: place.modelName, digest };
}

/** The latest version, if a publish of these bytes alone would make no other. */
async function findUnchanged({ database }: Needs, latestVersionId: string | null, digest: string) {
  if (latestVersionId === null) return null;
  const where = { id: latestVersionId, artifactDigest: digest, externalData: { none: {} } };
  return database.version.findFirst({ where, select: { id: true, number: true } });
}
