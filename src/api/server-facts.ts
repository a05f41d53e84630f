/** What the server says of itself. */
import { Field, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { createRequire } from 'node:module';
import { inspectionVersion } from '../registry/inspections/inspection-reads.js';

interface ServerFacts {
  version: string;
  inspectionVersion: number;
}

export const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
const serverFacts: ServerFacts = { version, inspectionVersion };

@ObjectType('Server', { simpleResolvers: true, description: 'The program that runs this server.' })
class ServerType implements ServerFacts {
  @Field(() => String, { description: 'Version of Weighbridge.' })
  version!: string;

  @Field(() => Int, { description: 'Inspection version that new artifacts are read at.' })
  inspectionVersion!: number;
}

@Resolver()
export class ServerResolver {
  @Query(() => ServerType, { description: 'The program that runs this server.' })
  server(): ServerFacts {
    return serverFacts;
  }
}
