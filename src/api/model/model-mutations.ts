/** Models made, changed and deleted. */
import { Arg, Ctx, Field, InputType, Mutation, Resolver } from 'type-graphql';
import { createModel, deleteModel, updateModel } from '../../registry/publish/models.js';
import type { GraphqlContext } from '../context.js';
import { MODEL_NAME, ModelType } from './model-type.js';
import { input, payload, payloadType } from '../payload.js';

@InputType({ description: 'A model to make.' })
class CreateModelInput {
  @Field(() => String, { description: MODEL_NAME })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What the model is for, in words.' })
  description?: string | null;

  @Field(() => [String], { nullable: true, description: 'Tags.' })
  tags?: string[] | null;
}

@InputType({ description: 'What to change of a model; what is left out stays.' })
class UpdateModelInput {
  @Field(() => String, { description: MODEL_NAME })
  model!: string;

  @Field(() => String, { nullable: true, description: 'New description; null takes it away.' })
  description?: string | null;

  @Field(() => [String], { nullable: true, description: 'New tags, in place of all that there are.' })
  tags?: string[] | null;
}

@InputType({
  description: 'A model to delete, with its versions and aliases. Its numbers go on when its name returns.',
})
class DeleteModelInput {
  @Field(() => String, { description: MODEL_NAME })
  model!: string;
}

const CreateModelPayload = payloadType('CreateModelPayload', {
  model: { type: () => ModelType, description: 'The model made.' },
});

const UpdateModelPayload = payloadType('UpdateModelPayload', {
  model: { type: () => ModelType, description: 'The model as it is now.' },
});

const DeleteModelPayload = payloadType('DeleteModelPayload', {
  name: { type: () => String, description: 'Name of the model that is gone.' },
});

@Resolver()
export class ModelMutations {
  @Mutation(() => CreateModelPayload, { description: 'Makes a model without versions. Needs the scope publish.' })
  createModel(@Arg('input', () => CreateModelInput, input) request: CreateModelInput, @Ctx() context: GraphqlContext) {
    return payload(context, ['model'], async () => ({
      model: await createModel(context.needs, context.principal, request),
    }));
  }

  @Mutation(() => UpdateModelPayload, {
    description:
      'Changes description and tags of a model. Needs the scope publish, and approve to take away a tag that a budget goes by.',
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
