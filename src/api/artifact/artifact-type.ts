/** An artifact: bytes by their digest. The bytes themselves never travel through GraphQL. */
import { Ctx, Field, FieldResolver, ID, ObjectType, Resolver, Root } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import { artifactAddress } from '../../core/addresses.js';
import type { Artifact, StoredInspection } from '../../core/catalog.js';
import type { GraphqlContext } from '../context.js';
import { DateTime } from '../date-time.js';
import { toGlobalId } from '../global-id.js';
import { InspectionType } from '../inspection/inspection-type.js';
import { required } from '../loaders.js';
import { NodeType } from '../node-type.js';

@ObjectType('Artifact', { simpleResolvers: true, implements: NodeType, description: 'Stored bytes by their digest.' })
export class ArtifactType implements Artifact {
  @Field(() => ID, { description: 'Opaque; unique over all types.' })
  id!: string;

  @Field(() => String, { description: 'SHA-256 of the bytes, sha256: and 64 hexadecimal digits.' })
  digest!: string;

  @Field(() => GraphQLSafeInt, { description: 'Size, bytes.' })
  byteSize!: number;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the bytes were freed, since only withdrawn versions contain them; null while they are stored.',
  })
  freedAt!: Date | null;
}

@Resolver(() => ArtifactType)
export class ArtifactResolver {
  @FieldResolver(() => ID)
  id(@Root() artifact: Artifact): string {
    return toGlobalId('Artifact', artifact.digest);
  }

  @FieldResolver(() => DateTime, {
    description: 'When the token first had access to the bytes: by its own upload, or by the first version it can see.',
  })
  async createdAt(@Root() artifact: Artifact, @Ctx() context: GraphqlContext): Promise<Date> {
    return required(await context.loaders.firstSeen.load(artifact.digest), 'what makes an artifact visible');
  }

  @FieldResolver(() => String, { description: 'Path on this server for downloading the bytes, with the same token.' })
  downloadPath(@Root() artifact: Artifact, @Ctx() { publicPath }: GraphqlContext): string {
    return publicPath + artifactAddress(artifact.digest);
  }

  @FieldResolver(() => InspectionType, {
    nullable: true,
    description: 'Inspection of the bytes; null when they are not a model, for example external data.',
  })
  async inspection(@Root() artifact: Artifact, @Ctx() context: GraphqlContext): Promise<StoredInspection | null> {
    return (await context.loaders.inspectionOfArtifact.load(artifact.digest)) ?? null;
  }
}
