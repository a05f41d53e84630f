/** The inputs of mutations: one each. */
import { Field, ID, InputType, Int } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import type { Scope } from '../core/principal.js';
import { ScopeEnum } from './enums.js';
import type { Relation } from './relation.js';
import { VersionRefInput } from './version/version-ref.js';

const MODEL = 'Name of the model: 1 to 128 of a-z 0-9 . _ - and a letter or digit first.';

@InputType({ description: 'A model to make.' })
export class CreateModelInput {
  @Field(() => String, { description: MODEL })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What the model is for, in words.' })
  description?: string | null;

  @Field(() => [String], { nullable: true, description: 'Tags.' })
  tags?: string[] | null;
}

@InputType({ description: 'What to change of a model; what is left out stays.' })
export class UpdateModelInput {
  @Field(() => String, { description: MODEL })
  model!: string;

  @Field(() => String, { nullable: true, description: 'New description; null takes it away.' })
  description?: string | null;

  @Field(() => [String], { nullable: true, description: 'New tags, in place of all that there are.' })
  tags?: string[] | null;
}

@InputType({
  description: 'A model to delete, with its versions and aliases. Its numbers go on when its name returns.',
})
export class DeleteModelInput {
  @Field(() => String, { description: MODEL })
  model!: string;
}

@InputType({ description: 'A file beside the model that its tensors name; its bytes were uploaded before.' })
export class ExternalDataInput {
  @Field(() => String, { description: 'Location as the tensors write it: a plain file name.' })
  location!: string;

  @Field(() => String, { description: 'Digest of the bytes, sha256:….' })
  digest!: string;
}

@InputType({ description: 'Where a version was made.' })
export class SourceInput {
  @Field(() => String, { nullable: true, description: 'Repository of the code that made it.' })
  repositoryUrl?: string | null;

  @Field(() => String, { nullable: true, description: 'Commit of that code.' })
  commit?: string | null;

  @Field(() => String, { nullable: true, description: 'Training or build run that made it.' })
  runUrl?: string | null;
}

@InputType({ description: 'A version to publish, of bytes that are stored already (PUT /blobs/{digest}).' })
export class PublishVersionInput {
  @Field(() => String, { description: `${MODEL} A new name makes the model.` })
  model!: string;

  @Field(() => String, { description: 'Digest of the model file, sha256:….' })
  digest!: string;

  @Field(() => [ExternalDataInput], { nullable: true, description: 'Files beside the model that its tensors name.' })
  externalData?: Relation<ExternalDataInput>[] | null;

  @Field(() => [String], { nullable: true, description: 'Aliases to move to the version.' })
  aliases?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Labels of the version.' })
  labels?: string[] | null;

  @Field(() => String, { nullable: true, description: 'Notes of the version.' })
  notes?: string | null;

  @Field(() => SourceInput, { nullable: true, description: 'Where it was made.' })
  source?: Relation<SourceInput> | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Learned parameters that it should have; compared with inspection.modelParams.',
  })
  declaredParams?: number | null;

  @Field(() => Boolean, { description: 'Makes a version even of the bytes of the latest one.', defaultValue: false })
  force!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'The same key within 24 hours gives the same answer, not a second version.',
  })
  idempotencyKey?: string | null;
}

@InputType({ description: 'A version to withdraw. It keeps its number and loses its aliases.' })
export class WithdrawVersionInput {
  @Field(() => String, { description: MODEL })
  model!: string;

  @Field(() => VersionRefInput, { description: 'Which version.' })
  version!: Relation<VersionRefInput>;

  @Field(() => String, { description: 'Why, in words.' })
  reason!: string;
}

@InputType({ description: 'An alias to make or to move.' })
export class SetAliasInput {
  @Field(() => String, { description: MODEL })
  model!: string;

  @Field(() => String, { description: 'Name of the alias; never digits alone.' })
  alias!: string;

  @Field(() => VersionRefInput, { description: 'The version that it should stand at.' })
  version!: Relation<VersionRefInput>;
}

@InputType({ description: 'An alias to delete; its version stays.' })
export class DeleteAliasInput {
  @Field(() => String, { description: MODEL })
  model!: string;

  @Field(() => String, { description: 'Name of the alias.' })
  alias!: string;
}

@InputType({ description: 'A token to make; it can do no more than the one that makes it.' })
export class CreateTokenInput {
  @Field(() => String, { description: 'What it is for; kept as publishedBy of what it publishes.' })
  name!: string;

  @Field(() => [ScopeEnum], { description: 'What it may do.' })
  scopes!: Scope[];

  @Field(() => String, {
    nullable: true,
    description: 'Pattern of models that it holds for; the maker’s own if absent.',
  })
  models?: string | null;

  @Field(() => Int, { nullable: true, description: 'Days until it stops working; 90 if absent.' })
  expiresInDays?: number | null;
}

@InputType({ description: 'A token to revoke: it stops working at once.' })
export class RevokeTokenInput {
  @Field(() => ID, { description: 'Its id.' })
  id!: string;
}
