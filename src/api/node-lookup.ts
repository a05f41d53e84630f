/** Objects by their opaque ids, one statement a type. Must never show what the principal could not reach by name. */
import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import type { Token } from '../core/catalog.js';
import { WeighbridgeError } from '../core/errors.js';
import { hasScope } from '../core/principal.js';
import { loadTokens } from '../registry/access/token-reads.js';
import { findArtifacts } from '../registry/artifacts/artifact-reads.js';
import { seenInspections } from '../registry/inspections/inspection-reads.js';
import { loadRecurrentNodes } from '../registry/inspections/recurrent-node-reads.js';
import type { GraphqlContext } from './context.js';
import { fromGlobalId, NODE_TYPES, type NodeTypeName } from './global-id.js';
import { NodeType, type NodeValue } from './node-type.js';

type Lookup = (context: GraphqlContext, ids: string[]) => Promise<Map<string, object>>;

/** As many as a page. */
const NODES_MAX = 100;

@Resolver()
export class NodeResolver {
  @Query(() => NodeType, {
    nullable: true,
    description: 'Any object by its id; null when the token can see none.',
  })
  async node(
    @Arg('id', () => ID, { description: 'Opaque id.' }) id: string,
    @Ctx() context: GraphqlContext,
  ): Promise<NodeValue | null> {
    return (await findNodes(context, [id]))[0] ?? null;
  }

  @Query(() => [NodeType], {
    nullable: 'items',
    description: 'Several by their ids, at most 100, in the order of the ids.',
  })
  nodes(
    @Arg('ids', () => [ID], { description: 'Opaque ids.' }) ids: string[],
    @Ctx() context: GraphqlContext,
  ): Promise<(NodeValue | null)[]> {
    if (ids.length > NODES_MAX) {
      throw new WeighbridgeError('INPUT_INVALID', `at most ${NODES_MAX} ids at once`, { field: ['ids'] });
    }
    return findNodes(context, ids);
  }
}

const LOOKUPS: Record<NodeTypeName, Lookup> = {
  Model: ({ loaders }, ids) => fromLoader(ids, (id) => loaders.model.load(id)),
  Version: ({ loaders }, ids) => fromLoader(ids, (id) => loaders.version.load(id)),
  Alias: ({ loaders }, ids) => fromLoader(ids, (id) => loaders.alias.load(id)),
  Inspection: ({ needs, principal }, ids) => seenInspections(needs, principal, ids),
  RecurrentNode: findRecurrentNodes,
  Artifact: async ({ needs, principal }, digests) =>
    new Map((await findArtifacts(needs, principal, digests)).map((artifact) => [artifact.digest, artifact])),
  Token: findTokens,
  Event: ({ loaders }, ids) => fromLoader(ids, (id) => loaders.event.load(id)),
  Budget: ({ loaders }, ids) => fromLoader(ids, (id) => loaders.budget.load(id)),
  Check: ({ loaders }, ids) => fromLoader(ids, (id) => loaders.check.load(id)),
  Approval: ({ loaders }, ids) => fromLoader(ids, (id) => loaders.approval.load(id)),
};

/** In the order of the ids; null where there is nothing, or nothing that may be seen. */
async function findNodes(context: GraphqlContext, globalIds: readonly string[]): Promise<(NodeValue | null)[]> {
  const asked = globalIds.map(fromGlobalId);
  const found = new Map<string, NodeValue>();
  for (const type of NODE_TYPES) {
    const ids = asked.flatMap((one) => (one?.type === type ? [one.id] : []));
    if (ids.length === 0) continue;
    for (const [id, value] of await LOOKUPS[type](context, ids)) {
      found.set(`${type}:${id}`, { ...value, __typename: type });
    }
  }
  return asked.map((one) => (one && found.get(`${one.type}:${one.id}`)) ?? null);
}

async function fromLoader(
  ids: string[],
  load: (id: string) => Promise<object | undefined>,
): Promise<Map<string, object>> {
  const values = await Promise.all(ids.map(load));
  return new Map(ids.flatMap((id, index) => (values[index] ? [[id, values[index]] as const] : [])));
}

async function findRecurrentNodes({ needs, principal }: GraphqlContext, ids: string[]): Promise<Map<string, object>> {
  const nodes = await loadRecurrentNodes(needs, ids);
  const seen = await seenInspections(needs, principal, [
    ...new Set([...nodes.values()].map((one) => one.inspectionId)),
  ]);
  const visible = [...nodes].filter(([, { inspectionId }]) => seen.has(inspectionId));
  return new Map(visible.map(([id, { node }]) => [id, node]));
}

async function findTokens({ needs, principal }: GraphqlContext, ids: string[]): Promise<Map<string, Token>> {
  if (!hasScope(principal, 'admin')) return new Map();
  return loadTokens(needs, principal, ids);
}
