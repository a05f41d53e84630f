/** Two versions or artifacts compared, whatever their models. */
import { Arg, Ctx, Field, InputType, Query, Resolver } from 'type-graphql';
import type { Comparison } from '../../core/comparison.js';
import { compareVersions, type SideName } from '../../registry/comparison/comparison.js';
import { COMPARISON_COST, ComparisonType } from './comparison-type.js';
import type { GraphqlContext } from '../context.js';
import { fromGlobalId } from '../global-id.js';

const SIDE =
  'a model (its latest version), model@3, model@production, model@sha256:…, the digest of an artifact, or the id of a version';

@InputType({ description: 'Two versions to compare.' })
class CompareVersionsInput {
  @Field(() => String, { description: `What is compared with: ${SIDE}.` })
  base!: string;

  @Field(() => String, { description: `What is compared: ${SIDE}.` })
  compare!: string;

  @Field(() => Boolean, { description: 'Whether to show what did not change too.', defaultValue: false })
  unchanged!: boolean;
}

@Resolver()
export class ComparisonQueries {
  @Query(() => ComparisonType, {
    complexity: COMPARISON_COST,
    description: 'Compares two versions, or the bytes of two artifacts.',
  })
  compareVersions(
    @Arg('input', () => CompareVersionsInput, { description: 'The two.' }) input: CompareVersionsInput,
    @Ctx() { needs, principal }: GraphqlContext,
  ): Promise<Comparison> {
    const sides = { base: sideName(input.base), compare: sideName(input.compare) };
    return compareVersions(needs, principal, sides, { unchanged: input.unchanged });
  }
}

/** Ids have capitals, which no name and no digest has. */
function sideName(text: string): SideName {
  const id = /[A-Z]/.test(text) ? fromGlobalId(text) : null;
  if (id?.type === 'Version') return { versionId: id.id };
  return id?.type === 'Artifact' ? id.id : text;
}
