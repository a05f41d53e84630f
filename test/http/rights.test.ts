// Who may what, as docs/operating.md and docs/http.md say it: every field of a query, every mutation and every route, with every role, on what the
// token is for and on what it is not. A field or a route that is not in the table fails.
import { createHash } from 'node:crypto';
import { buildGraphqlSchema } from '../../src/api/schema.js';
import { PAGE_PATHS } from '../../src/core/addresses.js';
import { SCOPES, type Scope } from '../../src/core/principal.js';
import { createRoutes } from '../../src/http/routes.js';
import { HTTP_LIMITS } from '../../src/http/limits.js';
import { lstmModel } from '../support/onnx-model.js';
import { startTestServer, type TestServer } from '../support/server.js';

/**
 * The name of a field or of a route, the scope that it needs, and for what:
 * - `model`: for that model. A token for other models is refused (`refused`), or it is as if there were no such model (`hidden`).
 * - `any`: for nothing in particular.
 * - `own`: for what this very token began, which none of these did.
 * - `all`: for all models, since it shows or changes what models share.
 */
const TABLE = `
Query.artifact               | read    | model | hidden
Query.audit                  | read    | model | hidden
Query.budgets                | read    | model | hidden
Query.checks                 | read    | model | hidden
Query.compareVersions        | read    | model | hidden
Query.events                 | read    | model | hidden
Query.largestThatFits        | read    | any
Query.model                  | read    | model | hidden
Query.models                 | read    | model | hidden
Query.node                   | read    | model | hidden
Query.nodes                  | read    | model | hidden
Query.quotas                 | read    | any
Query.recurrentParameters    | read    | any
Query.registryStatistics     | read    | model | hidden
Query.server                 | read    | any
Query.spaceByClass           | admin   | all
Query.spaceByDuplicate       | admin   | all
Query.spaceByModel           | admin   | all
Query.spaceTotals            | admin   | all
Query.tokens                 | admin   | any
Query.trailCheck             | admin   | all
Query.trailEnds              | admin   | all
Query.trailHashes            | admin   | all
Query.unreferencedBlobs      | admin   | all
Query.version                | read    | model | hidden
Query.versionAt              | read    | model | hidden
Query.versions               | read    | model | hidden
Query.viewer                 | read    | any
Mutation.approveCheck        | approve | model | hidden
Mutation.checkModel          | publish | model | refused
Mutation.checkVersion        | publish | model | refused
Mutation.collectGarbage      | admin   | all
Mutation.createBudget        | approve | model | refused
Mutation.createModel         | publish | model | refused
Mutation.createToken         | admin   | model | refused
Mutation.deleteAlias         | publish | model | refused
Mutation.deleteBudget        | approve | model | hidden
Mutation.deleteModel         | admin   | model | refused
Mutation.protectAlias        | approve | model | refused
Mutation.publishVersion      | publish | model | refused
Mutation.reinspectArtifacts  | admin   | all
Mutation.removeQuota         | admin   | all
Mutation.restoreVersion      | publish | model | refused
Mutation.retainVersions      | publish | model | refused
Mutation.revokeApproval      | approve | model | hidden
Mutation.revokeToken         | admin   | model | hidden
Mutation.setAlias            | publish | model | refused
Mutation.setQuota            | admin   | all
Mutation.unprotectAlias      | approve | model | refused
Mutation.updateBudget        | approve | model | hidden
Mutation.updateModel         | publish | model | refused
Mutation.verifyArtifacts     | admin   | all
Mutation.withdrawVersion     | publish | model | refused
GET /                                              | read    | any
GET /schema.graphql                                | read    | any
GET /models/{name}/versions/{ref}/artifact         | read    | model | hidden
GET /models/{name}/versions/{ref}/artifact/{file}  | read    | model | hidden
GET /artifacts/{digest}                            | read    | model | hidden
GET /backup                                        | admin   | all
GET /backup/artifacts/{digest}                     | admin   | all
PUT /models/{name}/versions                        | publish | model | refused
POST /models/{name}/versions                       | publish | model | refused
POST /models/{name}/check                          | publish | model | refused
PUT /blobs/{digest}                                | publish | any
HEAD /blobs/{digest}                               | publish | model | hidden
OPTIONS /uploads                                   | read    | any
POST /uploads                                      | publish | model | refused
HEAD /uploads/{upload}                             | publish | own   | hidden
PATCH /uploads/{upload}                            | publish | own   | hidden
DELETE /uploads/{upload}                           | publish | own   | hidden
`;
/** Open to all, and with no data of the registry in them: files and addresses of pages, health; a session is made of a token that is sent. */
const OPEN = ['/health/ready', '/assets/*file', '/session', '/:first{/*rest}'];

interface Row {
  name: string;
  scope: Scope;
  reach: 'model' | 'any' | 'own' | 'all';
  outside: 'hidden' | 'refused';
}

const ROWS = TABLE.trim()
  .split('\n')
  .map((line): Row => {
    const [name = '', scope, reach, outside = 'refused'] = line.split('|').map((part) => part.trim());
    return { name, scope, reach, outside } as Row;
  });

/** A model with one version, a budget that it breaks, two checks of which one is approved, and a token for it. */
interface Target {
  model: string;
  pattern: string;
  digest: string;
  file: string;
  version: string;
  check: string;
  budget: string;
  approval: string;
  token: string;
}

/** How each is asked, in such a way that it can be asked again and leaves the target as it was. */
const ASK: Record<string, (target: Target) => string> = {
  'Query.artifact': ({ digest }) => `artifact(digest: "${digest}") { digest }`,
  'Query.audit': ({ model }) => `audit(where: { model: { name: { eq: "${model}" } } }) { totalCount }`,
  'Query.budgets': ({ model }) => `budgets(where: { model: "${model}" }) { totalCount }`,
  'Query.checks': ({ model }) => `checks(where: { model: "${model}" }) { totalCount }`,
  'Query.compareVersions': ({ model }) => {
    const side = `{ version: { model: "${model}", ref: { number: 1 } } }`;
    return `compareVersions(input: { base: ${side}, compare: ${side} }) { changes(first: 1) { nodes { path } } base { label } }`;
  },
  'Query.events': ({ model }) => `events(where: { modelName: { eq: "${model}" } }) { totalCount }`,
  'Query.largestThatFits': () => 'largestThatFits(input: { inputSize: 4, budget: { params: 1000 } }) { dtype }',
  'Query.model': ({ model }) => `model(name: "${model}") { name }`,
  'Query.models': ({ model }) => `models(where: { name: { eq: "${model}" } }) { totalCount }`,
  'Query.node': ({ version }) => `node(id: "${version}") { id }`,
  'Query.nodes': ({ version }) => `nodes(ids: ["${version}"]) { id }`,
  'Query.quotas': () => 'quotas { pageInfo { hasNextPage } }',
  'Query.recurrentParameters': () => 'recurrentParameters(input: { inputSize: 4, hiddenSize: 4 }) { params }',
  'Query.registryStatistics': ({ model }) =>
    `registryStatistics(where: { modelName: { eq: "${model}" } }) { modelCount }`,
  'Query.server': () => 'server { version }',
  'Query.spaceByClass': () => 'spaceByClass { class }',
  'Query.spaceByDuplicate': () => 'spaceByDuplicate { pageInfo { hasNextPage } }',
  'Query.spaceByModel': () => 'spaceByModel { pageInfo { hasNextPage } }',
  'Query.spaceTotals': () => 'spaceTotals { versions }',
  'Query.tokens': () => 'tokens { totalCount }',
  'Query.trailCheck': () => 'trailCheck { events }',
  'Query.trailEnds': () => 'trailEnds { ends { sequence } }',
  'Query.trailHashes': ({ model }) => `trailHashes(places: [{ modelName: "${model}", sequence: 1 }])`,
  'Query.unreferencedBlobs': () => 'unreferencedBlobs { __typename }',
  'Query.version': ({ model }) => `version(model: "${model}", ref: { number: 1 }) { number }`,
  'Query.versionAt': ({ model }) =>
    `versionAt(model: "${model}", alias: "live", date: "${new Date().toISOString()}") { number }`,
  'Query.versions': ({ model }) => `versions(where: { modelName: { eq: "${model}" } }) { totalCount }`,
  'Query.viewer': () => 'viewer { name }',
  'Mutation.approveCheck': ({ check }) => `approveCheck(input: { id: "${check}", reason: "known" }) { ERRORS }`,
  'Mutation.checkModel': ({ model, digest }) =>
    `checkModel(input: { model: "${model}", digest: "${digest}" }) { ERRORS }`,
  'Mutation.checkVersion': ({ model }) =>
    `checkVersion(input: { model: "${model}", version: { number: 1 } }) { ERRORS }`,
  'Mutation.collectGarbage': () => 'collectGarbage(input: { dryRun: true }) { ERRORS }',
  'Mutation.createBudget': ({ model }) =>
    `createBudget(input: { scope: MODEL, model: "${model}", metric: MODEL_PARAMS, max: 1000000 }) { ERRORS }`,
  'Mutation.createModel': ({ model }) => `createModel(input: { name: "${model}" }) { ERRORS }`,
  'Mutation.createToken': ({ pattern }) =>
    `createToken(input: { name: "made", scopes: [READ], models: "${pattern}" }) { ERRORS }`,
  'Mutation.deleteAlias': ({ model }) => `deleteAlias(input: { model: "${model}", alias: "unused" }) { ERRORS }`,
  'Mutation.deleteBudget': ({ budget }) => `deleteBudget(input: { id: "${budget}", revision: 999 }) { ERRORS }`,
  'Mutation.deleteModel': ({ model }) => `deleteModel(input: { model: "${model}-to-delete" }) { ERRORS }`,
  'Mutation.protectAlias': ({ model }) => `protectAlias(input: { model: "${model}", alias: "kept" }) { ERRORS }`,
  'Mutation.publishVersion': ({ model, digest }) =>
    `publishVersion(input: { model: "${model}", digest: "${digest}" }) { ERRORS }`,
  'Mutation.reinspectArtifacts': () => 'reinspectArtifacts(input: {}) { ERRORS }',
  'Mutation.removeQuota': () => 'removeQuota(input: { models: "none-*" }) { ERRORS }',
  'Mutation.restoreVersion': ({ model }) =>
    `restoreVersion(input: { model: "${model}", version: { number: 1 } }) { ERRORS }`,
  'Mutation.retainVersions': ({ pattern }) =>
    `retainVersions(input: { models: "${pattern}", keepLast: 100, dryRun: true }) { ERRORS }`,
  'Mutation.revokeApproval': ({ approval }) => `revokeApproval(input: { id: "${approval}" }) { ERRORS }`,
  'Mutation.revokeToken': ({ token }) => `revokeToken(input: { id: "${token}" }) { ERRORS }`,
  'Mutation.setAlias': ({ model }) =>
    `setAlias(input: { model: "${model}", alias: "live", version: { number: 1 } }) { ERRORS }`,
  'Mutation.setQuota': () => 'setQuota(input: { models: "none-*", maxBytes: 1 }) { ERRORS }',
  'Mutation.unprotectAlias': ({ model }) => `unprotectAlias(input: { model: "${model}", alias: "kept" }) { ERRORS }`,
  'Mutation.updateBudget': ({ budget }) =>
    `updateBudget(input: { id: "${budget}", revision: 999, metric: MODEL_PARAMS, max: 1 }) { ERRORS }`,
  'Mutation.updateModel': ({ model }) => `updateModel(input: { model: "${model}", description: "a model" }) { ERRORS }`,
  'Mutation.verifyArtifacts': () => 'verifyArtifacts(input: { first: 1 }) { ERRORS }',
  'Mutation.withdrawVersion': ({ model }) =>
    `withdrawVersion(input: { model: "${model}", version: { number: 2 }, reason: "broken" }) { ERRORS }`,
};

const BYTES = lstmModel({ inputSize: 2, hiddenSize: 2, seed: 99 });
const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

type Outcome = 'may' | 'refused' | 'hidden' | 'no token';

function outcomeOf(code: string | undefined, value: unknown): Outcome {
  if (code === 'TOKEN_INVALID' || code === 'TOKEN_MISSING') return 'no token';
  if (code === 'SCOPE_MISSING') return 'refused';
  if (/^(MODEL|VERSION|ARTIFACT|UPLOAD|CHECK|BUDGET|APPROVAL|TOKEN)_NOT_FOUND$/.test(code ?? '')) return 'hidden';
  if (code !== undefined) return 'may'; // what it was asked for is another question
  return isEmpty(value) ? 'hidden' : 'may';
}

/** A HEAD has no words. */
const ofStatus = (status: number): Outcome =>
  ({ 401: 'no token' as const, 403: 'refused' as const, 404: 'hidden' as const })[status] ?? 'may';

/** Null, nothing, or zeros: what a list shows of what it may not show. */
function isEmpty(value: unknown): boolean {
  if (value === null || value === 0) return true;
  if (Array.isArray(value)) return value.every(isEmpty);
  return typeof value === 'object' && Object.values(value).length > 0 && Object.values(value).every(isEmpty);
}

/** A route without what its parts are called. */
const patternOf = (route: string) => {
  const named = route.replace('/models/{:namespace/}:model', '/models/{name}');
  return named.replace(/\{\w+\}|[:*]\w+/g, '?');
};

describe('who may what (A02)', () => {
  let server: TestServer;
  let own: Target;
  let other: Target;
  beforeAll(async () => {
    server = await startTestServer();
    own = await makeTarget('own', 1);
    other = await makeTarget('other', 2);
  });
  afterAll(() => server.close());

  const as = (token: string | null): Record<string, string> =>
    token === null ? {} : { authorization: `Bearer ${token}` };

  async function graphql(text: string, token: string | null) {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...as(token) },
      body: JSON.stringify({ query: text.replace('ERRORS', '__typename userErrors { code }') }),
    });
    return (await response.json()) as {
      data?: Record<string, unknown> | null;
      errors?: { message: string; extensions: { code: string } }[];
    };
  }

  async function admin<Data>(text: string): Promise<Data> {
    const { data, errors } = await graphql(text, server.adminToken);
    if (errors !== undefined) throw new Error(`${text}: ${errors[0]?.message}`);
    return data as Data;
  }

  async function makeTarget(word: string, seed: number): Promise<Target> {
    const [model, pattern] = [`${word}-model`, `${word}-*`];
    await admin(
      `mutation { createBudget(input: { scope: MODEL, model: "${model}", metric: MODEL_PARAMS, max: 1 }) { userErrors { code } } }`,
    );
    for (const give of [seed, seed + 10]) {
      const published = await server.fetch(`/models/${model}/versions`, {
        method: 'PUT',
        body: lstmModel({ inputSize: 2, hiddenSize: 2, seed: give }) as Uint8Array<ArrayBuffer>,
      });
      expect(published.status).toBe(201);
    }
    interface Found {
      model: {
        budgets: { nodes: { id: string }[] };
        versions: { nodes: { id: string; artifact: { digest: string }; latestCheck: { id: string } }[] };
      };
    }
    const { model: found } = await admin<Found>(
      `{ model(name: "${model}") { budgets { nodes { id } } versions { nodes { id artifact { digest } latestCheck { id } } } } }`,
    );
    const [second, first] = found.versions.nodes;
    const { approveCheck } = await admin<{ approveCheck: { approval: { id: string } | null; userErrors: object[] } }>(
      `mutation { approveCheck(input: { id: "${first?.latestCheck.id}", reason: "known" }) { approval { id } userErrors { code message } } }`,
    );
    await admin(
      `mutation { setAlias(input: { model: "${model}", alias: "live", version: { number: 1 } }) { userErrors { code } } }`,
    );
    const { createToken } = await admin<{ createToken: { token: { id: string } } }>(
      `mutation { createToken(input: { name: "of ${word}", scopes: [READ], models: "${pattern}" }) { token { id } } }`,
    );
    if (approveCheck.approval === null) throw new Error(JSON.stringify(approveCheck.userErrors));
    return {
      model,
      pattern,
      digest: first?.artifact.digest ?? '',
      file: 'weights.bin',
      version: first?.id ?? '',
      check: second?.latestCheck.id ?? '',
      budget: found.budgets.nodes[0]?.id ?? '',
      approval: approveCheck.approval.id,
      token: createToken.token.id,
    };
  }

  async function askRoute(name: string, target: Target, token: string | null): Promise<Outcome> {
    const [method = '', route = ''] = name.split(' ');
    const address = route
      .replace('{name}', target.model)
      .replace('{ref}', '1')
      .replace('{file}', target.file)
      .replace('{digest}', name === 'PUT /blobs/{digest}' ? digestOf(BYTES) : target.digest);
    if (route.startsWith('/uploads')) return askUploads(method, address, target, token);
    const response = await fetch(server.url + address, {
      method,
      headers: as(token),
      ...(method === 'GET' || method === 'HEAD' ? {} : { body: BYTES as Uint8Array<ArrayBuffer> }),
    });
    const text = await response.text();
    if (response.ok) return 'may';
    if (method === 'HEAD') return ofStatus(response.status);
    const { code } = JSON.parse(text) as { code: string };
    // The version is seen, and has no such file.
    if (route.endsWith('{file}') && code === 'ARTIFACT_NOT_FOUND') return 'may';
    return outcomeOf(code, null);
  }

  /** One that the admin began, where it is about one. */
  async function askUploads(
    method: string,
    address: string,
    { model }: Target,
    token: string | null,
  ): Promise<Outcome> {
    const tus = { 'tus-resumable': '1.0.0', 'upload-length': '10' };
    const begin = { ...tus, 'upload-metadata': `model ${Buffer.from(model).toString('base64')}` };
    const begun = address.includes('{upload}')
      ? await server.fetch('/uploads', { method: 'POST', headers: begin })
      : null;
    const response = await fetch(server.url + (begun?.headers.get('location') ?? address), {
      method,
      headers: {
        ...as(token),
        ...(method === 'POST' ? begin : tus),
        'upload-offset': '0',
        'content-type': 'application/offset+octet-stream',
      },
      ...(method === 'PATCH' ? { body: new Uint8Array(1) } : {}),
    });
    if (response.ok) return 'may';
    return ofStatus(response.status);
  }

  async function ask(name: string, target: Target, token: string | null): Promise<Outcome> {
    const selection = ASK[name];
    if (selection === undefined) return askRoute(name, target, token);
    if (name === 'Mutation.deleteModel')
      await admin(`mutation { createModel(input: { name: "${target.model}-to-delete" }) { userErrors { code } } }`);
    const [kind = '', field = ''] = name.split('.');
    const answer = await graphql(`${kind.toLowerCase()} { ${selection(target)} }`, token);
    const bare = answer as { code?: string };
    if (bare.code !== undefined) return outcomeOf(bare.code, null);
    const code = answer.errors?.[0]?.extensions.code;
    if (code === 'QUERY_INVALID' || code === 'GRAPHQL_VALIDATION_FAILED') throw new Error(answer.errors?.[0]?.message);
    const value = answer.data?.[field];
    const errors = (value as { userErrors?: { code: string }[] } | null)?.userErrors ?? [];
    return outcomeOf(code ?? errors[0]?.code, value);
  }

  const has = (scope: Scope, needed: Scope) => needed === 'read' || scope === needed || scope === 'admin';

  test('the table has every field of queries, every mutation and every route', async () => {
    const schema = await buildGraphqlSchema();
    const fields = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
      Object.keys(type?.getFields() ?? {}).map((field) => `${type?.name}.${field}`),
    );
    expect(ROWS.map(({ name }) => name).filter((name) => name.includes('.') && !name.includes(' '))).toEqual(
      expect.arrayContaining(fields),
    );
    expect(Object.keys(ASK).sort()).toEqual([...fields].sort());
    const { router } = createRoutes(
      {
        needs: server.needs,
        apollo: { assertStarted: () => undefined } as never,
        sdl: '',
        ping: () => Promise.resolve(),
        copy: () => server.database.copy('0.0.0-test'),
      },
      { limits: { ...HTTP_LIMITS } as never, anonymousRead: false, sessionHours: 1 },
    ) as unknown as { router: { stack: { route?: { path: string | string[]; methods: Record<string, boolean> } }[] } };
    const known = ROWS.filter(({ name }) => name.includes(' ')).map(({ name }) => patternOf(name.split(' ')[1] ?? ''));
    const paths = router.stack.flatMap(({ route }) => route?.path ?? []);
    expect(paths.length).toBeGreaterThan(10);
    const pages: string[] = Object.values(PAGE_PATHS);
    const unknown = paths.filter((path) => !OPEN.includes(path) && !pages.includes(path) && path !== '/graphql');
    expect(unknown.map(patternOf).filter((path) => !known.includes(path))).toEqual([]);
  });

  test.each(ROWS.map((row) => [row.name, row] as const))('%s', async (name, { scope: needed, reach, outside }) => {
    const found: Record<string, Outcome> = { 'no token': await ask(name, own, null) };
    const expected: Record<string, Outcome> = { 'no token': 'no token' };
    for (const scope of SCOPES) {
      const tokens = [
        { role: `${scope} for all models`, token: await tokenOf(scope, '*'), target: own, isFor: reach !== 'own' },
        {
          role: `${scope} for its models`,
          token: await tokenOf(scope, 'own-*'),
          target: own,
          isFor: reach !== 'all' && reach !== 'own',
        },
        {
          role: `${scope} for other models`,
          token: await tokenOf(scope, 'own-*'),
          target: other,
          isFor: reach === 'any',
        },
      ];
      for (const { role, token, target, isFor } of tokens) {
        const outcome = await ask(name, target, token);
        const mayAtAll = has(scope, needed);
        // Which of the two comes first tells nothing to a token without the scope.
        found[role] = !mayAtAll && outcome === 'hidden' ? 'refused' : outcome;
        expected[role] = !mayAtAll ? 'refused' : isFor ? 'may' : outside;
      }
    }
    expect(found).toEqual(expected);
  });

  const tokens = new Map<string, string>();
  async function tokenOf(scope: Scope, models: string): Promise<string> {
    const key = `${scope} ${models}`;
    const token = tokens.get(key) ?? (await server.token([scope], models));
    tokens.set(key, token);
    return token;
  }
});
