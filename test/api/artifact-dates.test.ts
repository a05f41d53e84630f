// When bytes came is told from where the asker stands: what others had before is none of its business.
import { Readable } from 'node:stream';
import type { Principal } from '../../src/core/principal.js';
import { storeArtifact } from '../../src/registry/artifacts/artifacts.js';
import { digestOf, publishSample } from '../support/catalog.js';
import { startTestGraphql, type TestGraphql } from '../support/graphql.js';
import { openTestRegistry, type TestRegistry } from '../support/registry.js';
import { recordStatements } from '../support/statements.js';

let registry: TestRegistry;
let graphql: TestGraphql;
beforeAll(async () => {
  registry = await openTestRegistry();
  const { needs, publisher } = registry;
  for (const seed of ['a', 'b', 'c']) await publishSample(needs, publisher, 'keras', { seed });
  await publishSample(needs, publisher, 'other', { seed: 'a' });
  graphql = await startTestGraphql(needs, registry.reader);
});
afterAll(async () => {
  await graphql.stop();
  await registry.close();
});

test('an artifact came when the token first saw it, whoever had its bytes before', async () => {
  const { needs } = registry;
  const digest = digestOf('bytes of two');
  const store = (principal: Principal) =>
    storeArtifact(needs, principal, { digest, body: Readable.from([Buffer.from('bytes of two')]) });
  const cameTo = async (principal: Principal) => {
    const asked = 'query ($digest: String!) { artifact(digest: $digest) { createdAt } }';
    const { data } = await graphql.ask<{ artifact: { createdAt: string } }>(asked, { digest }, { principal });
    return data.artifact.createdAt;
  };
  const [first, second] = [await registry.principal(['publish'], 'a-*'), await registry.principal(['publish'], 'b-*')];
  await store(first);
  await needs.database.artifact.update({ where: { digest }, data: { createdAt: new Date('2001-01-01') } });
  await needs.database.artifactUpload.updateMany({
    where: { artifactDigest: digest },
    data: { createdAt: new Date('2002-02-02') },
  });
  await store(second);
  expect(await cameTo(first)).toBe('2002-02-02T00:00:00.000Z');
  const own = await needs.database.artifactUpload.findFirstOrThrow({ where: { tokenId: second.tokenId ?? '' } });
  expect(await cameTo(second)).toBe(own.createdAt.toISOString());
});

test('an artifact came to a token that uploads nothing with the first version that it sees, in one statement for all', async () => {
  const principal = await registry.principal(['read'], 'kera?');
  await registry.needs.database.version.updateMany({
    where: { modelName: 'other' }, // holds the bytes of keras 1
    data: { createdAt: new Date('2001-01-01') },
  });
  const asked = '{ model(name: "keras") { versions { nodes { createdAt artifact { createdAt } } } } }';
  interface Came {
    model: { versions: { nodes: { createdAt: string; artifact: { createdAt: string } }[] } };
  }
  const { result, statements } = await recordStatements(() => graphql.ask<Came>(asked, {}, { principal }));
  expect(result.errors).toEqual([]);
  const { nodes } = result.data.model.versions;
  expect(nodes.map(({ artifact }) => artifact.createdAt)).toEqual(nodes.map(({ createdAt }) => createdAt));
  expect(nodes).toHaveLength(3);
  expect(statements.filter(({ text }) => text.includes('artifact_upload'))).toHaveLength(1);
});
