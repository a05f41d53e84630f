/** The field of versions that compares one with another of its model. */
import { Arg, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Version } from '../../core/catalog.js';
import type { HeldComparison } from '../../registry/kept.js';
import { WeighbridgeError } from '../../core/errors.js';
import { compareFound, sideOf } from '../../registry/comparison/comparison.js';
import { COMPARISON_COST, ComparisonType } from './comparison-type.js';
import type { GraphqlContext } from '../context.js';
import { versionRef, VersionRefInput } from '../version/version-ref.js';
import { VersionType } from '../version/version-type.js';

@Resolver(() => VersionType)
export class VersionComparisonResolver {
  @FieldResolver(() => ComparisonType, {
    complexity: COMPARISON_COST,
    description: 'Compares this version with another version of its model, the base.',
  })
  async compareTo(
    @Root() version: Version,
    @Arg('base', () => VersionRefInput, { description: 'The other version of the model.' }) base: VersionRefInput,
    @Ctx() { needs, loaders }: GraphqlContext,
  ): Promise<HeldComparison> {
    const other = await loaders.versionOfModel(versionRef(base), version.modelId);
    if (!other) {
      throw new WeighbridgeError('VERSION_NOT_FOUND', `model ${version.modelName} has no such version`, {
        field: ['base'],
      });
    }
    return compareFound(needs, { base: sideOf(other, ['base']), compare: sideOf(version, ['compare']) });
  }
}
