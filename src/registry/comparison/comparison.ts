/**
 * Comparisons of what is stored: finds the two sides with the rights of the principal, reads both whole, and has core compare them.
 * Must never judge.
 */
import type { Version, VersionRef } from '../../core/catalog.js';
import { WeighbridgeError, type ErrorCode } from '../../core/errors.js';
import type { Principal } from '../../core/principal.js';
import { artifactNotFound } from '../artifacts/artifacts.js';
import { findArtifactRows } from '../artifacts/artifact-reads.js';
import { findModel } from '../catalog/model-reads.js';
import { findVersion, loadVersions } from '../catalog/version-reads.js';
import { loadInspectionsByDigest } from '../inspections/inspection-reads.js';
import { findWholeInspections, loadInspectionTexts, sizesOfInspections } from '../inspections/whole-inspections.js';
import type { HeldChanges, HeldComparison } from '../kept.js';
import type { Needs, Reads } from '../needs.js';
import { compareHere, type CompareOptions, type CompareRequest } from './comparing.js';
import { type ComparingThread, createComparingThread } from './comparing-thread.js';

/** Two sides of together more text than this are read and compared in a thread: 700 nodes each take 100 ms, for which everybody would wait. */
const HERE_CHARACTERS = 1_000_000;

/** One for all registries of this process; it starts with the first large comparison. */
const thread = createComparingThread();

/** One side: by name, by digest, or by the id of a version. */
export type SideName =
  { digest: string } | { version: { model: string; ref: VersionRef | null } } | { versionId: string };

export interface ComparedInspection {
  inspectionId: string;
  /** `model@3`, or the digest. */
  label: string;
}

/**
 * Rejects with MODEL_NOT_FOUND, VERSION_NOT_FOUND, VERSION_WITHDRAWN, ARTIFACT_NOT_FOUND, with the code of the refusal for bytes that
 * are no model; `field` of the error is the side.
 */
export async function compareVersions(
  needs: Needs,
  principal: Principal,
  sides: { base: SideName; compare: SideName },
  options: CompareOptions = {},
): Promise<HeldComparison> {
  const base = await findSide(needs, principal, sides.base, ['base']);
  const compare = await findSide(needs, principal, sides.compare, ['compare']);
  return compareFound(needs, { base, compare }, options);
}

export async function compareFound(
  needs: Needs,
  { base, compare }: { base: ComparedInspection; compare: ComparedInspection },
  options: CompareOptions = {},
): Promise<HeldComparison> {
  const ids = { base: base.inspectionId, compare: compare.inspectionId };
  const key = `${ids.base} ${ids.compare} ${options.unchanged === true}`;
  const lasting = { ...needs, select: needs.selectToTheEnd }; // others wait for the same, and ask for its pages later
  const found = await needs.comparisons.find(key, async () =>
    (await isLarge(lasting, ids))
      ? compareInThread({ ...lasting, thread }, key, ids, options)
      : compareWhole(lasting, ids, options),
  );
  // As it is called this time: several names may stand for one inspection.
  return { ...found, base: { ...found.base, label: base.label }, compare: { ...found.compare, label: compare.label } };
}

type Ids = Record<'base' | 'compare', string>;

/** What was read lately is not: then it is here. */
async function isLarge(needs: Needs, { base, compare }: Ids): Promise<boolean> {
  const missing = [base, compare].filter((id) => !needs.inspections.has(id));
  if (missing.length === 0) return false;
  const sizes = await sizesOfInspections(needs, missing);
  return [...sizes.values()].reduce((sum, size) => sum + size, 0) > HERE_CHARACTERS;
}

async function compareWhole(needs: Needs, ids: Ids, options: CompareOptions): Promise<HeldComparison> {
  const whole = await findWholeInspections(needs, [ids.base, ids.compare]);
  return compareHere(partOf(whole, ids.base), partOf(whole, ids.compare), options);
}

/** Of what the thread holds no more when a page is asked for, it is given the texts again. */
export async function compareInThread(
  needs: Reads & { thread: ComparingThread },
  key: string,
  ids: Ids,
  options: CompareOptions,
): Promise<HeldComparison> {
  const sides = async () => {
    const texts = await loadInspectionTexts(needs, [ids.base, ids.compare]);
    return { base: partOf(texts, ids.base), compare: partOf(texts, ids.compare), options };
  };
  const ask = async (slice: CompareRequest['slice'], isHeld: boolean) => {
    const answer =
      (isHeld ? await needs.thread.ask(() => Promise.resolve({ key, sides: null, slice })) : null) ??
      (await needs.thread.ask(async () => ({ key, sides: await sides(), slice })));
    if (answer === null) throw new Error('the comparing thread gave no comparison');
    return answer;
  };
  const { head, count } = await ask(null, false);
  const slice: HeldChanges['slice'] = async (metric, from, to) => (await ask({ metric, from, to }, true)).slice;
  return { ...head, changes: { count, heldHere: 0, slice } };
}

function partOf<Part>(parts: ReadonlyMap<string, Part>, id: string): Part {
  const part = parts.get(id);
  if (part === undefined) throw new Error('an inspection is gone, though it was found just now');
  return part;
}

/** What the version holds; a withdrawn one is refused, since nothing should be compared with it any more. */
export function sideOf(version: Version, field: readonly string[]): ComparedInspection {
  const label = `${version.modelName}@${version.number}`;
  if (version.withdrawn === null) return { inspectionId: version.inspectionId, label };
  const message = `${label} is withdrawn; to compare its bytes anyway, give their digest ${version.artifactDigest}`;
  throw new WeighbridgeError('VERSION_WITHDRAWN', message, { field });
}

async function findSide(
  needs: Needs,
  principal: Principal,
  name: SideName,
  field: readonly string[],
): Promise<ComparedInspection> {
  if ('digest' in name) return findArtifactSide(needs, principal, name.digest, field);
  if ('version' in name) return sideOf(await findNamedVersion(needs, principal, name.version, field), field);
  const version = (await loadVersions(needs, principal, [name.versionId])).get(name.versionId);
  if (version) return sideOf(version, field);
  throw new WeighbridgeError('VERSION_NOT_FOUND', 'there is no version with this id, or this token may not see it', {
    field,
  });
}

async function findNamedVersion(
  needs: Needs,
  principal: Principal,
  { model: name, ref }: { model: string; ref: VersionRef | null },
  field: readonly string[],
): Promise<Version> {
  const found = ref && (await findVersion(needs, principal, name, ref));
  if (found) return found;
  const model = await findModel(needs, principal, name);
  if (model === null) {
    throw new WeighbridgeError('MODEL_NOT_FOUND', `there is no model ${name}, or this token may not see it`, { field });
  }
  const latestId = ref === null ? model.latestVersionId : null;
  const latest = latestId && (await loadVersions(needs, principal, [latestId])).get(latestId);
  if (latest) return latest;
  const what = ref === null ? 'no version' : 'no version of this number, alias or digest';
  throw new WeighbridgeError('VERSION_NOT_FOUND', `model ${name} has ${what}`, { field });
}

async function findArtifactSide(
  needs: Needs,
  principal: Principal,
  digest: string,
  field: readonly string[],
): Promise<ComparedInspection> {
  const [artifact] = await findArtifactRows(needs, principal, [digest]);
  if (!artifact) throw artifactNotFound(digest, [...field]);
  const inspection = (await loadInspectionsByDigest(needs, [digest])).get(digest);
  if (inspection) return { inspectionId: inspection.id, label: digest };
  const code = (artifact.refusalCode ?? 'ARTIFACT_NOT_ONNX') as ErrorCode;
  throw new WeighbridgeError(code, `${digest} is not a model: ${artifact.refusal ?? 'it was not read'}`, { field });
}
