/** Models made, changed and deleted. */
import { Arg, Ctx, Field, InputType, Mutation, Resolver } from 'type-graphql';
import { createModel, deleteModel, updateModel } from '../../registry/publish/models.js';
import type { GraphqlContext } from '../context.js';
import { MODEL_NAME, ModelType } from './model-type.js';
import { input, payload, payloadType } from '../payload.js';

@InputType({ description: 'A model to create.' })
class CreateModelInput {
  @Field(() => String, { description: MODEL_NAME })
  name!: string;

  @Field(() => String, { nullable: true, description: 'Purpose of the model, as text.' })
  description?: string | null;

  @Field(() => [String], { nullable: true, description: 'Tags.' })
  tags?: string[] | null;
}

@InputType({ description: 'Changes to a model; fields left out stay as they are.' })
class UpdateModelInput {
  @Field(() => String, { description: MODEL_NAME })
  model!: string;

  @Field(() => String, { nullable: true, description: 'New description; null removes it.' })
  description?: string | null;

  @Field(() => [String], { nullable: true, description: 'New tags, replacing all existing ones.' })
  tags?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Tags to add; the others stay.' })
  addTags?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Tags to remove, where the model has them.' })
  removeTags?: string[] | null;
}

@InputType({
  description: 'A model to delete, with its versions and aliases. If its name is used again, version numbers continue.',
})
class DeleteModelInput {
  @Field(() => String, { description: MODEL_NAME })
  model!: string;
}

const CreateModelPayload = payloadType('CreateModelPayload', {
  model: { type: () => ModelType, description: 'The created model.' },
});

const UpdateModelPayload = payloadType('UpdateModelPayload', {
  model: { type: () => ModelType, description: 'The model as it is now.' },
});

const DeleteModelPayload = payloadType('DeleteModelPayload', {
  name: { type: () => String, description: 'Name of the deleted model.' },
});

@Resolver()
export class ModelMutations {
  @Mutation(() => CreateModelPayload, { description: 'Creates a model without versions. Needs the scope publish.' })
  createModel(@Arg('input', () => CreateModelInput, input) request: CreateModelInput, @Ctx() context: GraphqlContext) {
    return payload(context, ['model'], async () => ({
      model: await createModel(context.needs, context.principal, request),
    }));
  }

  @Mutation(() => UpdateModelPayload, {
    description:
      'Changes the description and tags of a model. Needs the scope publish, and approve to remove a tag that a budget uses.',
  })
  updateModel(@Arg('input', () => UpdateModelInput, input) request: UpdateModelInput, @Ctx() context: GraphqlContext) {
    return payload(context, ['model'], async () => ({
      model: await updateModel(context.needs, context.principal, request),
    }));
  }

  @Mutation(() => DeleteModelPayload, {
    description: 'Deletes a model with its versions and aliases. Needs the scope admin.',
  })
  deleteModel(@Arg('input', () => DeleteModelInput, input) request: DeleteModelInput, @Ctx() context: GraphqlContext) {
    return payload(context, ['name'], async () => ({
      name: (await deleteModel(context.needs, context.principal, request)).name,
    }));
  }
}
