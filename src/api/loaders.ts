/**
 * One request's loaders: what many fields ask for one by one is read in one statement. A list is batched over its parents for
 * each set of arguments. Must never outlive the request: it holds what this principal may see.
 */
import DataLoader from 'dataloader';
import type {
  Alias,
  AliasMove,
  Page,
  PageRequest,
  RecurrentNodeFilter,
  StoredRecurrentNode,
  StoredRecurrentStack,
  Version,
  VersionRef,
} from '../core/catalog.js';
import type { Budget } from '../core/budget.js';
import type { Check } from '../core/check/check.js';
import type { HistoryPoint } from '../core/history.js';
import type { DecomposedCell } from '../core/inspection.js';
import type { ElementClass, DuplicateGroup, StoredTensor } from '../core/stored-tensors.js';
import type { Principal } from '../core/principal.js';
import type { TrailEvent } from '../core/trail.js';
import { type AliasAt, findVersionsAt, listAliasMoves } from '../registry/aliases/alias-move-reads.js';
import { CAUSES_BATCH, loadCauses } from '../registry/audit/audit-causes.js';
import { loadProtections } from '../registry/aliases/alias-protection-reads.js';
import { loadApprovals, loadApprovalsOfChecks } from '../registry/checks/approval-reads.js';
import { listBudgetsOfModels, loadBudgets } from '../registry/checks/budget-reads.js';
import { loadIdleBudgets } from '../registry/checks/idle-budgets.js';
import {
  type CheckList,
  listChecksOf,
  loadChecks,
  loadConclusions,
  loadFindings,
  loadLatestChecks,
} from '../registry/checks/check-reads.js';
import {
  findVersions,
  listVersionsOfArtifacts,
  listVersionsOfModels,
  loadVersions,
  type VersionList,
} from '../registry/catalog/version-reads.js';
import { listAliases, loadAliases } from '../registry/aliases/alias-reads.js';
import { loadModels } from '../registry/catalog/model-reads.js';
import { listRecurrentNodes, listRecurrentStacks, loadWeights } from '../registry/inspections/recurrent-node-reads.js';
import {
  listStoredTensors,
  listDecomposedCells,
  listDuplicates,
  loadInspections,
  loadInspectionsByDigest,
} from '../registry/inspections/inspection-reads.js';
import {
  loadArtifacts,
  loadBytesFreed,
  loadExternalData,
  loadFirstSeen,
} from '../registry/artifacts/artifact-reads.js';
import { type EventList, listEventsOfModels, loadEvents } from '../registry/trail/trail-reads.js';
import { listHistories, type HistoryList } from '../registry/catalog/history.js';
import type { Needs } from '../registry/needs.js';
import { loadRecurrentSizes } from '../registry/inspections/recurrent-node-reads.js';
import { loadModelMetrics, loadModelNodeGroups, loadModelStorage } from '../registry/catalog/statistics.js';

export type Loaders = ReturnType<typeof createLoaders>;

export function createLoaders(needs: Needs, principal: Principal) {
  return {
    model: byKey((ids) => loadModels(needs, principal, ids)),
    version: byKey((ids) => loadVersions(needs, principal, ids)),
    inspection: byKey((ids) => loadInspections(needs, ids)),
    firstSeen: byKey((digests) => loadFirstSeen(needs, principal, digests)),
    inspectionOfArtifact: byKey((digests) => loadInspectionsByDigest(needs, digests)),
    artifact: byKey((digests) => loadArtifacts(needs, digests)),
    bytesFreed: byKey((versionIds) => loadBytesFreed(needs, versionIds)),
    recurrentSizes: byKey((inspectionIds) => loadRecurrentSizes(needs, inspectionIds)),
    weights: byKey((nodeIds) => loadWeights(needs, nodeIds)),
    externalData: byKey((versionIds) => loadExternalData(needs, versionIds)),
    causes: byKey((pairs) => loadCauses(needs, pairs), CAUSES_BATCH),
    modelMetrics: byKey((modelIds) => loadModelMetrics(needs, modelIds)),
    modelNodeGroups: byKey((modelIds) => loadModelNodeGroups(needs, modelIds)),
    modelStorage: byKey((modelIds) => loadModelStorage(needs, modelIds)),
    versionOfModel: byArguments((ref: VersionRef, modelIds) => findVersions(needs, principal, modelIds, ref)),
    versionsOfModel: byArguments<VersionList, Page<Version>>((list, modelIds) =>
      listVersionsOfModels(needs, principal, modelIds, list),
    ),
    versionsOfArtifact: byArguments<VersionList, Page<Version>>((list, digests) =>
      listVersionsOfArtifacts(needs, principal, digests, list),
    ),
    historyOfModel: byArguments<HistoryList, Page<HistoryPoint>>((list, modelIds) =>
      listHistories(needs, modelIds, list),
    ),
    alias: byKey((ids) => loadAliases(needs, principal, ids)),
    aliasesOfModel: byArguments<PageRequest, Page<Alias>>((page, ids) => listAliases(needs, 'model', ids, page)),
    aliasesOfVersion: byArguments<PageRequest, Page<Alias>>((page, ids) => listAliases(needs, 'version', ids, page)),
    versionAt: byArguments((asked: AliasAt, modelNames) => findVersionsAt(needs, principal, modelNames, asked)),
    aliasMoves: byArguments<{ alias: string; page: PageRequest }, Page<AliasMove>>((list, modelNames) =>
      listAliasMoves(needs, modelNames, list),
    ),
    eventsOfModel: byArguments<EventList, Page<TrailEvent>>((list, modelNames) =>
      listEventsOfModels(needs, principal, modelNames, list),
    ),
    event: byKey((ids) => loadEvents(needs, principal, ids)),
    budget: byKey((ids) => loadBudgets(needs, principal, ids)),
    budgetsOfModel: byArguments<PageRequest, Page<Budget>>((page, ids) => listBudgetsOfModels(needs, ids, page)),
    isBudgetIdle: byKey((ids) => loadIdleBudgets(needs, ids)),
    protections: byKey((modelIds) => loadProtections(needs, modelIds)),
    check: byKey((ids) => loadChecks(needs, principal, ids)),
    latestCheck: byKey((versionIds) => loadLatestChecks(needs, versionIds)),
    checksOfModel: byArguments<CheckList, Page<Check>>((list, ids) => listChecksOf(needs, 'model', ids, list)),
    checksOfVersion: byArguments<CheckList, Page<Check>>((list, ids) => listChecksOf(needs, 'version', ids, list)),
    findings: byKey((checkIds) => loadFindings(needs, checkIds)),
    conclusion: byKey((checkIds) => loadConclusions(needs, checkIds)),
    approval: byKey((ids) => loadApprovals(needs, principal, ids)),
    approvalsOfCheck: byKey((checkIds) => loadApprovalsOfChecks(needs, checkIds)),
    recurrentNodes: byArguments<{ where?: RecurrentNodeFilter; page: PageRequest }, Page<StoredRecurrentNode>>(
      (list, inspectionIds) => listRecurrentNodes(needs, inspectionIds, list),
    ),
    recurrentStacks: byArguments<PageRequest, Page<StoredRecurrentStack>>((page, inspectionIds) =>
      listRecurrentStacks(needs, inspectionIds, page),
    ),
    decomposedCells: byArguments<PageRequest, Page<DecomposedCell>>((page, inspectionIds) =>
      listDecomposedCells(needs, inspectionIds, page),
    ),
    storedTensors: byArguments<{ class?: ElementClass; page: PageRequest }, Page<StoredTensor>>((list, inspectionIds) =>
      listStoredTensors(needs, inspectionIds, list),
    ),
    duplicates: byArguments<PageRequest, Page<DuplicateGroup>>((page, inspectionIds) =>
      listDuplicates(needs, inspectionIds, page),
    ),
  };
}

/** Undefined where there is nothing under the key, or nothing that may be seen. */
function byKey<Value>(load: (keys: readonly string[]) => Promise<Map<string, Value>>, maxBatchSize = Infinity) {
  return new DataLoader<string, Value | undefined>(
    async (keys) => {
      const found = await load(keys);
      return keys.map((key) => found.get(key));
    },
    { maxBatchSize },
  );
}

function byArguments<Arguments, Value>(
  load: (args: Arguments, keys: readonly string[]) => Promise<Map<string, Value>>,
): (args: Arguments, key: string) => Promise<Value | undefined> {
  const loaders = new Map<string, DataLoader<string, Value | undefined>>();
  return (args, key) => {
    const name = JSON.stringify(args);
    let loader = loaders.get(name);
    if (!loader) loaders.set(name, (loader = byKey((keys) => load(args, keys))));
    return loader.load(key);
  };
}

/** For what a foreign key promises to be there. */
export function required<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Error(`${what} is gone, though a row refers to it`);
  return value;
}
