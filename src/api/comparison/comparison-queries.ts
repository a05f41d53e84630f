/** Two versions or artifacts compared, whatever their models. */
import { Arg, Ctx, Field, ID, InputType, Query, Resolver } from 'type-graphql';
import type { HeldComparison } from '../../registry/kept.js';
import { WeighbridgeError } from '../../core/errors.js';
import { requireDigest } from '../../core/names.js';
import { compareVersions, type SideName } from '../../registry/comparison/comparison.js';
import { COMPARISON_COST, ComparisonType } from './comparison-type.js';
import type { GraphqlContext } from '../context.js';
import { fromGlobalId } from '../global-id.js';
import type { Relation } from '../relation.js';
import { VersionRefInput, versionRef } from '../version/version-ref.js';

@InputType('VersionOfModel', { description: 'A version by the name of its model.' })
class VersionOfModelInput {
  @Field(() => String, { description: 'Name of the model.' })
  model!: string;

  @Field(() => VersionRefInput, { nullable: true, description: 'Which version; the latest if absent.' })
  ref?: Relation<VersionRefInput> | null;
}

@InputType('ComparisonSide', { description: 'What is compared, by exactly one of version, digest and id.' })
class ComparisonSideInput {
  @Field(() => VersionOfModelInput, { nullable: true, description: 'A version by the name of its model.' })
  version?: Relation<VersionOfModelInput> | null;

  @Field(() => String, { nullable: true, description: 'Stored bytes by their digest, sha256:….' })
  digest?: string | null;

  @Field(() => ID, { nullable: true, description: 'Id of a version or of an artifact.' })
  id?: string | null;
}

@InputType({ description: 'Two versions to compare.' })
class CompareVersionsInput {
  @Field(() => ComparisonSideInput, { description: 'What is compared with.' })
  base!: Relation<ComparisonSideInput>;

  @Field(() => ComparisonSideInput, { description: 'What is compared.' })
  compare!: Relation<ComparisonSideInput>;

  @Field(() => Boolean, { description: 'Whether to include unchanged nodes and tensors.', defaultValue: false })
  unchanged!: boolean;
}

@Resolver()
export class ComparisonQueries {
  @Query(() => ComparisonType, {
    complexity: COMPARISON_COST,
    description: 'Compares two versions, or the bytes of two artifacts.',
  })
  compareVersions(
    @Arg('input', () => CompareVersionsInput, { description: 'The two sides.' }) input: CompareVersionsInput,
    @Ctx() { needs, principal }: GraphqlContext,
  ): Promise<HeldComparison> {
    const sides = { base: sideName(input.base, ['base']), compare: sideName(input.compare, ['compare']) };
    return compareVersions(needs, principal, sides, { unchanged: input.unchanged });
  }
}

function sideName({ version, digest, id }: ComparisonSideInput, field: readonly string[]): SideName {
  if (version) return { version: { model: version.model, ref: version.ref ? versionRef(version.ref) : null } };
  if (typeof digest === 'string') return { digest: requireDigest(digest, field) };
  const named = fromGlobalId(id ?? '');
  if (named?.type === 'Version') return { versionId: named.id };
  if (named?.type === 'Artifact') return { digest: named.id };
  throw new WeighbridgeError('VERSION_NOT_FOUND', 'this is the id of no version and of no artifact', { field });
}
