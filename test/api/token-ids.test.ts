// Who did it, by the id of the token beside its name, wherever a name is told.
import { isObjectType } from 'graphql';
import { buildGraphqlSchema, toGlobalId } from '../../src/api/schema.js';
import type { Principal } from '../../src/core/principal.js';
import { publishSample } from '../support/catalog.js';
import { startTestGraphql, type TestGraphql } from '../support/graphql.js';
import { openTestRegistry, type TestRegistry } from '../support/registry.js';

let registry: TestRegistry;
let graphql: TestGraphql;
let by: Principal;
beforeAll(async () => {
  registry = await openTestRegistry();
  by = await registry.principal(['admin']);
  graphql = await startTestGraphql(registry.needs, by);
});
afterAll(async () => {
  await graphql.stop();
  await registry.close();
});

test('every field of the schema that names a token is beside one with its id', async () => {
  const schema = await buildGraphqlSchema();
  const named = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .flatMap((type) => Object.keys(type.getFields()).map((field) => [type, field] as const))
    .filter(([type, field]) => /^by$|By$/.test(field) && /token/.test(type.getFields()[field]?.description ?? ''));
  const without = named.filter(([type, field]) => String(type.getFields()[`${field}Id`]?.type) !== 'ID');
  expect(named.map(([type, field]) => `${type.name}.${field}`)).toContain('Withdrawal.by');
  expect(without.map(([type, field]) => `${type.name}.${field}`)).toEqual([]);
});

test('the id is that of the token, of every kind of change', async () => {
  const ask = async (text: string) => {
    const { data, errors } = await graphql.ask<Record<string, Record<string, unknown>>>(text);
    expect(errors).toEqual([]);
    return data;
  };
  const model = 'who';
  const { budget } = (
    await ask(
      'mutation { createBudget(input: { scope: MODEL, model: "who", metric: MODEL_PARAMS, max: 1 }) { budget { createdBy createdById updatedBy updatedById } } }',
    )
  )['createBudget'] as { budget: object };
  await publishSample(registry.needs, by, model, { aliases: ['staging'] });
  await ask(
    `mutation { setAlias(input: { model: "who", alias: "staging", version: { number: 1 } }) { alias { name } } }`,
  );
  const { protection } = (
    await ask(
      'mutation { protectAlias(input: { model: "who", alias: "live" }) { protection { protectedBy protectedById } } }',
    )
  )['protectAlias'] as { protection: object };
  const { model: found } = await ask(`{ model(name: "who") { createdBy createdById
    version(ref: { number: 1 }) { publishedBy publishedById latestCheck { id madeBy madeById } }
    aliasMoves(alias: "staging") { nodes { movedBy movedById } } } }`);
  const { version, aliasMoves, ...made } = found as {
    version: { latestCheck: { id: string } };
    aliasMoves: { nodes: object[] };
  };
  const { latestCheck, ...published } = version;
  const { approval } = (
    await ask(
      `mutation { approveCheck(input: { id: "${latestCheck.id}", reason: "small" }) { approval { id approvedBy approvedById revokedBy revokedById } } }`,
    )
  )['approveCheck'] as { approval: { id: string } };
  expect(approval).toMatchObject({ revokedBy: null, revokedById: null });
  const { approval: revoked } = (
    await ask(
      `mutation { revokeApproval(input: { id: "${approval.id}" }) { approval { approvedBy approvedById revokedBy revokedById } } }`,
    )
  )['revokeApproval'] as { approval: object };
  const { version: withdrawn } = (
    await ask(
      'mutation { withdrawVersion(input: { model: "who", version: { number: 1 }, reason: "x" }) { version { withdrawn { by byId } } } }',
    )
  )['withdrawVersion'] as { version: { withdrawn: object } };
  const { token } = (
    await ask('mutation { createToken(input: { name: "made", scopes: [READ] }) { token { createdBy createdById } } }')
  )['createToken'] as { token: object };
  const { id: _check, ...check } = latestCheck;
  const told = [budget, protection, made, published, check, revoked, withdrawn.withdrawn, token, ...aliasMoves.nodes];
  expect(aliasMoves.nodes.length).toBeGreaterThan(0);
  const id = toGlobalId('Token', by.tokenId ?? '');
  for (const fields of told) {
    for (const [field, value] of Object.entries(fields))
      expect([field, value]).toEqual([field, /Id$/.test(field) ? id : by.name]);
  }
});
