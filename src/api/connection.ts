/** Relay connections over the registry's pages: one pair of types for each kind of node, made by one function. */
import { ArgsType, Field, Int, ObjectType, type ClassType } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import type { Page, PageRequest } from '../core/catalog.js';
import type { Relation } from './relation.js';

@ObjectType('PageInfo', { simpleResolvers: true, description: 'Position of a page in its list.' })
class PageInfoType {
  @Field(() => Boolean, { description: 'Whether the list has members after this page.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether the list has members before this page.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first member; null on an empty page.' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the last member; null on an empty page.' })
  endCursor!: string | null;
}

@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: 'Members from the start, 1 to 100; 20 if neither first nor last is given.',
  })
  first?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Only members after this cursor, which is bound to list, order and filter.',
  })
  after?: string | null;

  @Field(() => Int, { nullable: true, description: 'Members from the end, 1 to 100; not together with first.' })
  last?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Only members before this cursor, which is bound to list, order and filter.',
  })
  before?: string | null;
}

export function pageRequest(args: PageArgs): PageRequest {
  return {
    ...(typeof args.first === 'number' && { first: args.first }),
    ...(typeof args.after === 'string' && { after: args.after }),
    ...(typeof args.last === 'number' && { last: args.last }),
    ...(typeof args.before === 'string' && { before: args.before }),
  };
}

export interface Connection<T> {
  edges: { cursor: string; node: T }[];
  nodes: T[];
  pageInfo: PageInfoType;
  /** Called by the executor when the field is selected, and not otherwise. */
  totalCount: () => Promise<number>;
}

export function toConnection<T>(page: Page<T>): Connection<T> {
  return {
    edges: page.edges,
    nodes: page.edges.map((edge) => edge.node),
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: page.hasPreviousPage,
      get startCursor() {
        return page.edges[0]?.cursor ?? null;
      },
      get endCursor() {
        return page.edges.at(-1)?.cursor ?? null;
      },
    },
    totalCount: page.totalCount,
  };
}

/** The types `<name>Connection` and `<name>Edge`. */
export function connectionOf(name: string, plural: string, node: () => ClassType): ClassType {
  @ObjectType(`${name}Edge`, {
    simpleResolvers: true,
    description: `A member of a page of ${plural}, with its cursor.`,
  })
  class Edge {
    @Field(() => String, { description: 'Position in the list, for after and before.' })
    cursor!: string;

    @Field(node, { description: 'The member itself.' })
    node!: unknown;
  }

  @ObjectType(`${name}Connection`, { simpleResolvers: true, description: `A page of ${plural}.` })
  class ConnectionType {
    @Field(() => [Edge], { description: 'Members with their cursors.' })
    edges!: Edge[];

    @Field(() => [node()], { description: 'Members without cursors.' })
    nodes!: unknown[];

    @Field(() => PageInfoType, { description: 'Position of this page in the list.' })
    pageInfo!: Relation<PageInfoType>;

    @Field(() => GraphQLSafeInt, {
      description: 'Members in the whole list with this filter; counted only when selected.',
    })
    totalCount!: number;
  }
  return ConnectionType;
}
