/** A version of a model, and what reading its file found. Fields that lead to another noun are in that noun’s folder. */
import { Ctx, Field, FieldResolver, ID, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import type {
  Artifact,
  InspectionFigures,
  Model,
  Source,
  StoredInspection,
  Version,
  VersionExternalData,
  Withdrawal,
} from '../../core/catalog.js';
import { totalBytes } from '../../core/inspection.js';
import { DECLARED_AGREEMENTS, type DeclaredAgreement, declaredAgreement } from '../../core/declared.js';
import { measurementsOf } from '../../core/measurements.js';
import { ArtifactType } from '../artifact/artifact-type.js';
import { closedSet } from '../closed-set.js';
import { connectionOf } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { DateTime } from '../date-time.js';
import { toGlobalId } from '../global-id.js';
import { InspectionType } from '../inspection/inspection-type.js';
import { required } from '../loaders.js';
import { ModelType } from '../model/model-type.js';
import { NodeType } from '../node-type.js';
import type { Relation } from '../relation.js';

const DeclaredAgreementEnum = closedSet<DeclaredAgreement>(
  'DeclaredAgreement',
  'Which counted figure the declared number of parameters agrees with: the first of these that does.',
  DECLARED_AGREEMENTS,
  {
    EQUAL: 'Agrees with inspection.modelParams: the learned parameters in the file.',
    EFFECTIVE:
      'Agrees with inspection.modelParams or recurrent.distinct without the bias halves that are all zero, as Keras counts an LSTM.',
    DISTINCT: 'Agrees with inspection.recurrent.distinct: the recurrent weights alone.',
    STORED:
      'Agrees with inspection.storedElements: every stored element, including shapes, states and other constants.',
    DIFFERENT: 'None of these.',
    UNKNOWN: 'None of the figures that are known; one of them is unknown or a lower bound.',
    NOT_DECLARED: 'Nothing was declared.',
  },
);

@ObjectType('Source', { simpleResolvers: true, description: 'Where a version was built, as stated by its publisher.' })
class SourceType implements Source {
  @Field(() => String, { nullable: true, description: 'Repository of the code that built it.' })
  repositoryUrl!: string | null;

  @Field(() => String, { nullable: true, description: 'Commit of that code.' })
  commit!: string | null;

  @Field(() => String, { nullable: true, description: 'Training or build run that built it.' })
  runUrl!: string | null;
}

@ObjectType('Withdrawal', {
  simpleResolvers: true,
  description: 'Withdrawal of a version: it should no longer be used. Its number and history stay.',
})
export class WithdrawalType implements Partial<Withdrawal> {
  @Field(() => DateTime, { description: 'When it was withdrawn.' })
  at!: Date;

  @Field(() => String, { description: 'Name of the token that withdrew it.' })
  by!: string;

  @Field(() => String, { description: 'Why.' })
  reason!: string;
}

@ObjectType('VersionExternalData', {
  simpleResolvers: true,
  description:
    'An external data file that its tensors refer to, and whether its bytes were published with the version.',
})
class VersionExternalDataType implements VersionExternalData {
  @Field(() => String, { description: 'Location as written in the tensors, without ./ before it.' })
  location!: string;

  @Field(() => String, { nullable: true, description: 'Digest of the bytes; null when they were not published.' })
  digest!: string | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Size of the file, bytes; null when it was not published, or is too short for what the tensors claim.',
  })
  byteSize!: number | null;

  @Field(() => Boolean, { description: 'Whether the bytes were published with the version.' })
  present!: boolean;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Bytes that the tensors claim in this file; null when none refers to it.',
  })
  claimedBytes!: number | null;
}

@ObjectType('Version', {
  simpleResolvers: true,
  implements: NodeType,
  description: 'The n-th artifact published to a model.',
})
export class VersionType implements Partial<Version> {
  @Field(() => ID, { description: 'Opaque; unique over all types.' })
  id!: string;

  @Field(() => Int, { description: 'Version number, from 1, without gaps; never reused.' })
  number!: number;

  @Field(() => [String], { description: 'Labels given at publishing, sorted.' })
  labels!: string[];

  @Field(() => String, { nullable: true, description: 'Notes given at publishing.' })
  notes!: string | null;

  @Field(() => SourceType, { description: 'Where it was built, as stated by its publisher.' })
  source!: Relation<SourceType>;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Learned parameters that the publisher declared, params.',
  })
  declaredParams!: number | null;

  @Field(() => DateTime, { description: 'When it was published.' })
  createdAt!: Date;

  @Field(() => String, { description: 'Name of the token that published it.' })
  publishedBy!: string;

  @Field(() => WithdrawalType, { nullable: true, description: 'Set when the version is withdrawn.' })
  withdrawn!: (Relation<WithdrawalType> & Pick<Withdrawal, 'byId'>) | null;
}

export const VersionConnection = connectionOf('Version', 'versions', () => VersionType);

@Resolver(() => VersionType)
export class VersionResolver {
  @FieldResolver(() => ID)
  id(@Root() version: Version): string {
    return toGlobalId('Version', version.id);
  }

  @FieldResolver(() => ModelType, { description: 'The model it belongs to.' })
  async model(@Root() version: Version, @Ctx() context: GraphqlContext): Promise<Model> {
    return required(await context.loaders.model.load(version.modelId), 'the model of a version');
  }

  @FieldResolver(() => ArtifactType, { description: 'The model file.' })
  async artifact(@Root() version: Version, @Ctx() context: GraphqlContext): Promise<Artifact> {
    return required(await context.loaders.artifact.load(version.artifactDigest), 'the artifact of a version');
  }

  @FieldResolver(() => DateTime, {
    nullable: true,
    description:
      'When bytes of a withdrawn version, its model file or external data, were freed; null while they can be downloaded.',
  })
  async bytesFreedAt(@Root() version: Version, @Ctx() context: GraphqlContext): Promise<Date | null> {
    // Of others they never are.
    if (version.withdrawn === null) return null;
    return (await context.loaders.bytesFreed.load(version.id)) ?? null;
  }

  @FieldResolver(() => InspectionType, {
    description: 'Inspection of the model file, including external data published with the version.',
  })
  inspection(@Root() version: Version, @Ctx() context: GraphqlContext): InspectionFigures | Promise<StoredInspection> {
    return version.figures ?? inspectionOf(version, context);
  }

  @FieldResolver(() => DeclaredAgreementEnum, {
    description: 'The counted figure that declaredParams agrees with.',
  })
  async declaredAgreement(@Root() version: Version, @Ctx() context: GraphqlContext): Promise<DeclaredAgreement> {
    const inspection = await inspectionOf(version, context);
    return declaredAgreement(version.declaredParams, measurementsOf(inspection, inspection.work));
  }

  @FieldResolver(() => GraphQLSafeInt, {
    nullable: true,
    description:
      'Size of the model file and of the external data published with it, bytes; null while a file that it refers to was not published or ends before what its tensors claim, and before inspection version 4. artifact has the size without external data.',
  })
  async totalByteSize(@Root() version: Version, @Ctx() context: GraphqlContext): Promise<number | null> {
    return totalBytes(await inspectionOf(version, context));
  }

  // The complexity is the usual length of the list: PyTorch writes one file.
  @FieldResolver(() => [VersionExternalDataType], {
    complexity: 2,
    description: 'External data files: those that its tensors refer to, and those published with it.',
  })
  async externalData(@Root() version: Version, @Ctx() context: GraphqlContext): Promise<VersionExternalData[]> {
    return (await context.loaders.externalData.load(version.id)) ?? [];
  }
}

async function inspectionOf(version: Version, context: GraphqlContext): Promise<StoredInspection> {
  return required(await context.loaders.inspection.load(version.inspectionId), 'the inspection of a version');
}
