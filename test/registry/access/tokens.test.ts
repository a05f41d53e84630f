// Tokens against a real database: what is kept, who is let in, and that nobody gives away more than they hold.
import { WeighbridgeError } from '../../../src/core/errors.js';
import { nameGlobCovers } from '../../../src/core/name-glob.js';
import { hashSecret, isWellFormed, makeSecret } from '../../../src/registry/access/secrets.js';
import { authenticate, createToken, ensureAdminToken, revokeToken } from '../../../src/registry/access/tokens.js';
import { listTokens, loadTokens } from '../../../src/registry/access/token-reads.js';
import { openTestRegistry, type TestRegistry } from '../../support/registry.js';
import { recordStatements } from '../../support/statements.js';
import { openTestDatabase } from '../../support/database.js';
import { openDatabase } from '../../../src/database/open.js';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await openTestRegistry();
});
afterAll(() => registry.close());

const refusal = (code: string, field?: string[]) =>
  expect.objectContaining({ constructor: WeighbridgeError, code, ...(field && { field }) }) as unknown;

describe('a secret', () => {
  it('is wbr_ and 36 base62 characters, the last 6 a checksum of the rest', () => {
    const secret = makeSecret();
    expect(secret).toMatch(/^wbr_[0-9A-Za-z]{36}$/);
    expect(isWellFormed(secret)).toBe(true);
    const typo = secret.slice(0, 10) + (secret[10] === 'a' ? 'b' : 'a') + secret.slice(11);
    expect(isWellFormed(typo)).toBe(false);
  });

  it('never comes twice', () => {
    expect(new Set(Array.from({ length: 1_000 }, makeSecret)).size).toBe(1_000);
  });
});

describe('authenticate', () => {
  it('turns a secret into the principal it was made for', async () => {
    const { secret, token } = await createToken(registry.needs, registry.admin, {
      name: 'ci of speech',
      scopes: ['publish', 'read'],
      models: 'speech-*',
    });
    expect(await authenticate(registry.needs, secret)).toEqual({
      tokenId: token.id,
      name: 'ci of speech',
      scopes: ['read', 'publish'],
      models: 'speech-*',
    });
  });

  it.each(['', 'wbr_', 'Bearer x', 'wbr_' + 'a'.repeat(36), 'ghp_' + 'a'.repeat(36), '\0'])(
    'refuses %j, which is no token',
    async (secret) => {
      expect(await authenticate(registry.needs, secret)).toBeNull();
    },
  );

  it('refuses a well-formed token that nobody made', async () => {
    expect(await authenticate(registry.needs, makeSecret())).toBeNull();
  });

  it('refuses a wrong checksum without a question to the database', async () => {
    const { database, drop } = await openTestDatabase();
    const needs = {
      ...registry.needs,
      database: database.client,
      select: database.select,
      selectToTheEnd: database.select,
    };
    await drop();
    const secret = makeSecret();
    const typo = secret.slice(0, -1) + (secret.endsWith('a') ? 'b' : 'a');
    expect(await authenticate(needs, typo)).toBeNull();
    await expect(authenticate(needs, secret)).rejects.toEqual(refusal('DATABASE_UNAVAILABLE'));
  });

  it('refuses an expired and a revoked token', async () => {
    const { secret, token } = await createToken(registry.needs, registry.admin, { name: 'old', scopes: ['read'] });
    const { database } = registry.needs;
    await database.token.update({ where: { id: token.id }, data: { expiresAt: new Date(Date.now() - 1) } });
    expect(await authenticate(registry.needs, secret)).toBeNull();
    await database.token.update({ where: { id: token.id }, data: { expiresAt: new Date(Date.now() + 60_000) } });
    expect(await authenticate(registry.needs, secret)).not.toBeNull();
    const revoked = await revokeToken(registry.needs, registry.admin, token.id);
    expect(revoked.revokedAt).toBeInstanceOf(Date);
    expect(await authenticate(registry.needs, secret)).toBeNull();
    expect(await revokeToken(registry.needs, registry.admin, token.id)).toEqual(revoked);
  });
});

describe('createToken', () => {
  it('keeps the SHA-256 and a hint of the secret, and nothing else of it', async () => {
    const { secret, token } = await createToken(registry.needs, registry.admin, { name: 'kept', scopes: ['read'] });
    const row = await registry.needs.database.token.findUniqueOrThrow({ where: { id: token.id } });
    expect(Buffer.from(row.hash)).toEqual(hashSecret(secret));
    expect(token.hint).toBe(secret.slice(0, 8));
    expect(JSON.stringify({ row: { ...row, hash: Buffer.from(row.hash).toString('latin1') }, token })).not.toContain(
      secret.slice(8),
    );
  });

  it('lasts 90 days unless told otherwise', async () => {
    const days = ({ createdAt, expiresAt }: { createdAt: Date; expiresAt: Date | null }) =>
      ((expiresAt?.getTime() ?? NaN) - createdAt.getTime()) / 86_400_000;
    const { token } = await createToken(registry.needs, registry.admin, { name: 'a', scopes: ['read'] });
    expect(days(token)).toBe(90);
    const week = await createToken(registry.needs, registry.admin, { name: 'b', scopes: ['read'], expiresInDays: 7 });
    expect(days(week.token)).toBe(7);
  });

  it('gives a name once, in whatever case and spelling of its letters, also of a token that is revoked', async () => {
    const { needs, admin } = registry;
    const make = (name: string) => createToken(needs, admin, { name, scopes: ['read'] });
    const { token } = await make('Nightly caf\u00e9');
    await expect(make('nightly cafe\u0301')).rejects.toEqual(refusal('TOKEN_EXISTS', ['name']));
    await revokeToken(needs, admin, token.id);
    await expect(make('Nightly caf\u00e9')).rejects.toEqual(refusal('TOKEN_EXISTS', ['name']));
    expect((await make('Nightly')).token.name).toBe('Nightly');
  });

  it('makes one of several tokens that are to have one name at the same moment', async () => {
    const { needs, admin } = registry;
    const making = Array.from({ length: 6 }, () => createToken(needs, admin, { name: 'race', scopes: ['read'] }));
    const outcomes = await Promise.allSettled(making);
    const refused = outcomes.flatMap((one) =>
      one.status === 'rejected' ? [(one.reason as { code: string }).code] : [],
    );
    expect(refused).toEqual(Array(5).fill('TOKEN_EXISTS'));
    expect(await needs.database.token.count({ where: { name: 'race' } })).toBe(1);
  });

  it('needs admin', async () => {
    const request = { name: 'x', scopes: ['read'] as const };
    await expect(createToken(registry.needs, registry.publisher, request)).rejects.toEqual(refusal('SCOPE_MISSING'));
  });

  it('never reaches beyond the models of its maker', async () => {
    const maker = await registry.principal(['admin'], 'speech-*');
    const make = (models?: string) =>
      createToken(registry.needs, maker, { name: `made for ${models}`, scopes: ['publish'], models });
    for (const models of ['*', 'ocr-*', 'speech', '?peech-*', 's*']) {
      await expect(make(models)).rejects.toEqual(refusal('SCOPE_MISSING', ['models']));
    }
    expect((await make('speech-de-*')).token.models).toBe('speech-de-*');
    expect((await make()).token.models).toBe('speech-*');
  });

  it.each([
    [{ name: '' }, 'name'],
    [{ name: 'two\nlines' }, 'name'],
    [{ name: 'a\u202eb' }, 'name'],
    [{ name: 'n\0l' }, 'name'],
    [{ name: 'x'.repeat(129) }, 'name'],
    [{ name: 'Weighbridge' }, 'name'],
    [{ name: 'anonymous' }, 'name'],
    [{ scopes: [] }, 'scopes'],
    [{ scopes: ['root' as 'read'] }, 'scopes'],
    [{ models: '' }, 'models'],
    [{ models: 'ä*' }, 'models'],
    [{ models: 'a/b/*' }, 'models'],
    [{ models: '/a' }, 'models'],
    [{ models: `${'a'.repeat(129)}` }, 'models'],
    [{ models: '*a*b*c*d*' }, 'models'],
    [{ expiresInDays: 0 }, 'expiresInDays'],
    [{ expiresInDays: 1.5 }, 'expiresInDays'],
    [{ expiresInDays: 3_651 }, 'expiresInDays'],
  ])('refuses %j and names the field', async (change, field) => {
    const request = { name: 'fine', scopes: ['read'] as ['read'], models: '*', expiresInDays: 1, ...change };
    await expect(createToken(registry.needs, registry.admin, request)).rejects.toEqual(
      refusal('INPUT_INVALID', [field]),
    );
  });
});

describe('listTokens and revokeToken', () => {
  it('show and reach only tokens within the models of the asker', async () => {
    const limited = await registry.principal(['admin'], 'vad-*');
    const inside = await createToken(registry.needs, registry.admin, { name: 'in', scopes: ['read'], models: 'vad-1' });
    const outside = await createToken(registry.needs, registry.admin, { name: 'out', scopes: ['read'] });
    const ids = (await listTokens(registry.needs, limited, {})).edges.map(({ node }) => node.id);
    expect(ids).toContain(inside.token.id);
    expect(ids).not.toContain(outside.token.id);
    const loaded = await loadTokens(registry.needs, limited, [inside.token.id, outside.token.id]);
    expect([...loaded.keys()]).toEqual([inside.token.id]);
    await expect(revokeToken(registry.needs, limited, outside.token.id)).rejects.toEqual(refusal('TOKEN_NOT_FOUND'));
    await revokeToken(registry.needs, limited, inside.token.id);
  });

  it('agree with each other about every pair of patterns', async () => {
    const plain = ['x.y-*', 'x.y-?', 'x_y-a', 'x.y-a', 'x.y-*b', 'x.y-', '*', '**', 'x?y-*', 'X.Y-*', 'x.y-A'];
    const patterns = [...plain, 'x.y-/*', '*/*', 'X.y-*/a?', 'x.y-*/*', 'x.y-a/ab'];
    const { needs, admin } = registry;
    const made = await Promise.all(
      patterns.map(
        async (models, at) => (await createToken(needs, admin, { name: `x ${at}`, scopes: ['read'], models })).token,
      ),
    );
    for (const outer of patterns) {
      const asker = { ...admin, models: outer };
      const listed = await listTokens(needs, asker, { first: 100 });
      const revocable = made.filter(({ models }) => nameGlobCovers(outer, models)).map(({ id }) => id);
      const seen = listed.edges.map(({ node }) => node.id).filter((id) => made.some((token) => token.id === id));
      expect([outer, seen.sort()]).toEqual([outer, revocable.sort()]);
    }
  });

  it('read no more tokens than the page has', async () => {
    const { needs, admin } = registry;
    for (let i = 0; i < 5; i += 1) await createToken(needs, admin, { name: `page ${i}`, scopes: ['read'] });
    const all = await listTokens(needs, admin, { first: 100 });
    const { result, statements } = await recordStatements(() => listTokens(needs, admin, { first: 2 }));
    expect(result.edges).toEqual(all.edges.slice(0, 2));
    expect(result.hasNextPage).toBe(true);
    expect(statements).toEqual([expect.objectContaining({ text: expect.stringContaining('LIMIT') as string })]);
    expect(statements[0]?.values).toContain(3); // one more than asked for tells that there is a next page
  });

  it('need admin', async () => {
    await expect(listTokens(registry.needs, registry.publisher, {})).rejects.toEqual(refusal('SCOPE_MISSING'));
    await expect(revokeToken(registry.needs, registry.reader, registry.reader.tokenId ?? '')).rejects.toEqual(
      refusal('SCOPE_MISSING'),
    );
  });

  it.each(['', 'x', '00000000-0000-7000-8000-000000000000', "'; DROP TABLE token"])('know no token %j', async (id) => {
    await expect(revokeToken(registry.needs, registry.admin, id)).rejects.toEqual(refusal('TOKEN_NOT_FOUND'));
  });
});

describe('ensureAdminToken', () => {
  it('makes one token for all models without expiry, once', async () => {
    const { database, drop } = await openTestDatabase();
    const needs = {
      ...registry.needs,
      database: database.client,
      select: database.select,
      selectToTheEnd: database.select,
    };
    const secrets: string[] = [];
    const keep = (secret: string) => Promise.resolve(void secrets.push(secret));
    expect(await ensureAdminToken(needs, keep)).toBe(true);
    expect(await ensureAdminToken(needs, keep)).toBe(false);
    expect(secrets).toHaveLength(1);
    const admin = await authenticate(needs, secrets[0] ?? '');
    expect(admin).toMatchObject({ name: 'admin', scopes: ['admin'], models: '*' });
    expect((await listTokens(needs, admin ?? registry.admin, {})).edges[0]?.node.expiresAt).toBeNull();
    await drop();
  });

  it('leaves no token when the secret could not be kept', async () => {
    const { database, drop } = await openTestDatabase();
    const needs = {
      ...registry.needs,
      database: database.client,
      select: database.select,
      selectToTheEnd: database.select,
    };
    const full = new Error('disk full');
    await expect(ensureAdminToken(needs, () => Promise.reject(full))).rejects.toBe(full);
    expect(await database.client.token.count()).toBe(0);
    await drop();
  });

  it('makes one token when two servers start on one empty database', async () => {
    const { database, url, drop } = await openTestDatabase();
    const second = url === undefined ? database : await openDatabase({ url });
    const starts = [database, second, database, second].map(({ client }) =>
      ensureAdminToken({ ...registry.needs, database: client }, () => Promise.resolve()),
    );
    expect((await Promise.all(starts)).filter((made) => made)).toHaveLength(1);
    expect(await database.client.token.count()).toBe(1);
    await second.close();
    await drop();
  });
});
