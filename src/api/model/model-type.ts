/** A model: a named series of versions. Fields that lead to another noun are in that noun’s folder. */
import { Field, FieldResolver, ID, ObjectType, Resolver, Root } from 'type-graphql';
import type { Model } from '../../core/catalog.js';
import { connectionOf } from '../connection.js';
import { DateTime } from '../date-time.js';
import { toGlobalId } from '../global-id.js';
import { NodeType } from '../node-type.js';

/** How inputs describe the name of a model. */
export const MODEL_NAME =
  '`name` or `namespace/name`, each 1 to 128 of A-Z a-z 0-9 . _ - and starting with a letter or digit. Case is ignored.';

@ObjectType('Model', { simpleResolvers: true, implements: NodeType, description: 'A named series of versions.' })
export class ModelType implements Partial<Model> {
  @Field(() => ID, { description: 'Opaque; unique over all types.' })
  id!: string;

  @Field(() => String, { description: 'Unique name; never changed.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'Purpose of the model, as text.' })
  description!: string | null;

  @Field(() => [String], { description: 'Tags, sorted.' })
  tags!: string[];

  @Field(() => DateTime, { description: 'When it was created.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When it last changed: a version, an alias, an edit.' })
  updatedAt!: Date;

  @Field(() => String, { description: 'Name of the token that created it.' })
  createdBy!: string;
}

export const ModelConnection = connectionOf('Model', 'models', () => ModelType);

@Resolver(() => ModelType)
export class ModelResolver {
  @FieldResolver(() => ID)
  id(@Root() model: Model): string {
    return toGlobalId('Model', model.id);
  }
}
