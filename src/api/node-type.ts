/** Relay's Node: everything that can be fetched again by an opaque id. */
import { Field, ID, InterfaceType } from 'type-graphql';
import type { NodeTypeName } from './global-id.js';

/** Values of the interface carry their type's name, since the core's objects are plain. */
export interface NodeValue {
  __typename: NodeTypeName;
}

@InterfaceType('Node', {
  description: 'Something that can be fetched again by its id.',
  resolveType: (value: NodeValue) => value.__typename,
})
export abstract class NodeType {
  @Field(() => ID, { description: 'Opaque; unique over all types.' })
  id!: string;
}
