/** Asks a registry to compare two of its versions, and gathers the changes of all pages: the whole answer, as core makes it. */
import type { Change, Comparison } from '../../core/comparison.js';
import { ELEMENT_CLASSES } from '../../core/stored-tensors.js';
import type { RegistryClient } from '../client/registry-client.js';

/** As many as the registry gives at once. */
const PAGE_SIZE = 1_000;

const CLASSES = ELEMENT_CLASSES.join(' ');
const METRICS = ['modelParams', 'recurrentPerUse', 'recurrentDistinct', 'recurrentEffective', 'storedElements'];
const SIDE = `label digest byteSize inspectionVersion producerName producerVersion nodeCount recurrentNodes unverifiableNodes`;
const CHANGE_SIDE = `path name opType m n direction numDirections biasConvention peepholes dtype dims params elements byteSize producer`;

const QUERY = `query Diff($base: String!, $compare: String!, $unchanged: Boolean!, $first: Int!, $after: String, $more: Boolean!) {
  compareVersions(input: { base: $base, compare: $compare, unchanged: $unchanged }) {
    ...Head @skip(if: $more)
    changes(first: $first, after: $after) { nodes { ...Change } pageInfo { hasNextPage endCursor } }
  }
}
fragment Head on Comparison {
  base { ${SIDE} } compare { ${SIDE} } summary
  byCause { ${[...METRICS, 'bytes'].map((metric) => `${metric} { ...Cause }`).join(' ')}
    classes { ${ELEMENT_CLASSES.map((name) => `${name} { ...Cause }`).join(' ')} } }
  totals { ${[...METRICS, 'byteSize'].map((metric) => `${metric} { ...Total }`).join(' ')}
    classes { ${ELEMENT_CLASSES.map((name) => `${name} { ...Total }`).join(' ')} } }
  unchanged sameInspectionVersion
}
fragment Cause on CauseDelta { cause delta }
fragment Total on ComparedTotal { base compare delta ratio }
fragment Change on Change {
  subject status cause path basePath opType delta confidence
  parts { input recurrent bias peephole other }
  deltas { ${METRICS.join(' ')} byteSize classes { ${CLASSES} } bytes { weights constants graph metadata padding } }
  base { ${CHANGE_SIDE} } compare { ${CHANGE_SIDE} }
}`;

interface Answer {
  compareVersions: Omit<Comparison, 'changes'> & {
    changes: { nodes: Change[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
  };
}

/** Throws what the registry refuses. */
export async function compareRemotely(
  client: RegistryClient,
  sides: { base: string; compare: string },
  unchanged: boolean,
): Promise<Comparison> {
  const ask = (after: string | null, more: boolean) =>
    client.ask<Answer>(QUERY, { ...sides, unchanged, first: PAGE_SIZE, after, more });
  const { compareVersions: comparison } = await ask(null, false);
  let page = comparison.changes;
  const changes = [...page.nodes];
  while (page.pageInfo.hasNextPage) {
    page = (await ask(page.pageInfo.endCursor, true)).compareVersions.changes;
    changes.push(...page.nodes);
  }
  return { ...comparison, changes };
}
