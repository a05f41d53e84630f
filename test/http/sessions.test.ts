/** Signing in to the pages: what is exchanged for the cookie, what the cookie grants, and what another site can do with it (nothing). */
import { SESSION_COOKIE } from '../../src/http/session-cookie.js';
import { openSession } from '../../src/registry/access/sessions.js';
import { authenticate, revokeToken } from '../../src/registry/access/tokens.js';
import { makeSignInCode, redeemSignInCode, SIGN_IN_CODE_MINUTES } from '../../src/registry/access/sign-in-codes.js';
import { lstmModel } from '../support/onnx-model.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ limits: { wrongTokens: 1000 } });
});
afterAll(() => server.close());

const PAGE = { 'X-Weighbridge-Page': '1', 'Content-Type': 'application/json' };

/** As a browser would send it. */
function signIn(body: unknown, headers: Record<string, string> = PAGE): Promise<Response> {
  return fetch(`${server.url}/session`, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function cookieFor(token: string): Promise<string> {
  const response = await signIn({ token });
  expect(response.status).toBe(200);
  return (response.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '';
}

const query = (cookie: string, headers: Record<string, string> = PAGE, text = '{ server { version } }') =>
  fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { ...headers, cookie },
    body: JSON.stringify({ query: text }),
  });

describe('POST /session', () => {
  it('exchanges a token for a cookie that no script reads and no other site sends', async () => {
    const token = await server.token(['read', 'publish'], 'speech-*');
    const response = await signIn({ token });
    expect(await response.json()).toMatchObject({
      signedIn: true,
      scopes: ['read', 'publish'],
      models: 'speech-*',
      anonymousRead: false,
    });
    const cookie = response.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(
      new RegExp(`^${SESSION_COOKIE}=wbs_[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Strict; Expires=`),
    );
    expect(cookie).not.toContain('Secure'); // the test speaks plain http
    expect(cookie).not.toContain(token);
  });

  it('marks the cookie Secure where a proxy says that the browser speaks https', async () => {
    const token = await server.token(['read']);
    const response = await signIn({ token }, { ...PAGE, 'X-Forwarded-Proto': 'https' });
    expect(response.headers.get('set-cookie')).toMatch(/; Secure$/);
  });

  it.each([
    ['a wrong token', { token: 'wbr_wrong' }, 401],
    ['a code that was never made', { code: 'x' }, 401],
    ['both', { token: 'a', code: 'b' }, 400],
    ['neither', {}, 400],
  ])('refuses %s, and sets no cookie', async (_what, body, status) => {
    const response = await signIn(body);
    expect(response.status).toBe(status);
    expect(response.headers.get('set-cookie')).toBeNull();
  });

  it('is refused to other sites, so that nobody is signed in without knowing', async () => {
    const token = await server.token(['read']);
    const { 'X-Weighbridge-Page': _header, ...plain } = PAGE;
    const answers = await Promise.all([
      signIn({ token }, plain),
      signIn({ token }, { ...PAGE, Origin: 'http://evil.example' }),
      signIn({ token }, { ...PAGE, 'Sec-Fetch-Site': 'same-site' }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
    expect(await answers[0].json()).toMatchObject({ code: 'ORIGIN_INVALID' });
  });

  it('keeps neither the token nor the session in the database or the log', async () => {
    const token = await server.token(['read']);
    const cookie = await cookieFor(token);
    const secret = cookie.slice(cookie.indexOf('=') + 1);
    expect((await query(cookie)).status).toBe(200);
    const rows = await server.needs.database.session.findMany();
    expect(rows.length).toBeGreaterThan(0);
    const kept = JSON.stringify(
      rows.map(({ hash, ...row }) => ({ ...row, hash: Buffer.from(hash).toString('latin1') })),
    );
    for (const text of [kept, server.log()]) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(token);
    }
  });
});

describe('a session', () => {
  it('grants what its token grants, and no more', async () => {
    const cookie = await cookieFor(await server.token(['read'], 'speech-*'));
    const answer = (await (await query(cookie, PAGE, '{ tokens { nodes { name } } }')).json()) as {
      errors: { extensions: { code: string } }[];
    };
    expect(answer.errors[0]?.extensions.code).toBe('SCOPE_MISSING');
    const upload = await fetch(`${server.url}/models/speech-a/versions`, {
      method: 'PUT',
      headers: { cookie, 'X-Weighbridge-Page': '1' },
      body: lstmModel({ inputSize: 3, hiddenSize: 2 }),
    });
    expect(upload.status).toBe(403);
  });

  it('ends when its token is revoked', async () => {
    const token = await server.token(['read']);
    const cookie = await cookieFor(token);
    const { admin } = server;
    const principal = await authenticate(server.needs, token);
    if (principal?.tokenId == null) throw new Error('the token is not valid');
    expect((await query(cookie)).status).toBe(200);
    await revokeToken(server.needs, admin, principal.tokenId);
    expect((await query(cookie)).status).toBe(401);
  });

  it('ends at its time, and not after its token', async () => {
    const token = await server.token(['read']);
    const principal = await authenticate(server.needs, token);
    if (principal?.tokenId == null) throw new Error('the token is not valid');
    const { tokenId } = principal;
    const soon = new Date(Date.now() + 60_000);
    await server.needs.database.token.update({ where: { id: tokenId }, data: { expiresAt: soon } });
    const session = await openSession(server.needs, tokenId, 12);
    expect(session?.expiresAt).toEqual(soon);
    const cookie = `${SESSION_COOKIE}=${session?.secret}`;
    expect((await query(cookie)).status).toBe(200);
    await server.needs.database.session.updateMany({
      where: { tokenId },
      data: { expiresAt: new Date(Date.now() - 1) },
    });
    expect((await query(cookie)).status).toBe(401);
  });

  it('ends when one signs out', async () => {
    const cookie = await cookieFor(await server.token(['read']));
    const response = await fetch(`${server.url}/session`, { method: 'DELETE', headers: { ...PAGE, cookie } });
    expect(await response.json()).toEqual({ signedIn: false, anonymousRead: false });
    expect(response.headers.get('set-cookie')).toMatch(/=; .*Expires=Thu, 01 Jan 1970/);
    expect((await query(cookie)).status).toBe(401);
  });

  it.each([
    ['without the header of the pages', { 'Content-Type': 'application/json' }],
    ['from another origin', { ...PAGE, Origin: 'http://evil.example' }],
    ['from another port of this host', { ...PAGE, 'Sec-Fetch-Site': 'same-site' }],
    ['from another site', { ...PAGE, 'Sec-Fetch-Site': 'cross-site' }],
  ])('changes nothing %s', async (_where, headers) => {
    const cookie = await cookieFor(await server.token(['publish']));
    const mutation = 'mutation { createModel(input: { name: "forged" }) { model { name } } }';
    expect((await query(cookie, headers, mutation)).status).toBe(403);
    const upload = await fetch(`${server.url}/models/forged/versions`, {
      method: 'PUT',
      headers: { ...headers, cookie },
      body: lstmModel({ inputSize: 3, hiddenSize: 2 }),
    });
    expect(upload.status).toBe(403);
    expect(await server.needs.database.model.findMany({ where: { name: 'forged' } })).toEqual([]);
  });

  it('changes what it may from the pages themselves', async () => {
    const cookie = await cookieFor(await server.token(['publish']));
    const upload = await fetch(`${server.url}/models/from-page/versions`, {
      method: 'PUT',
      headers: { 'X-Weighbridge-Page': '1', 'Sec-Fetch-Site': 'same-origin', cookie },
      body: lstmModel({ inputSize: 3, hiddenSize: 2 }),
    });
    expect(upload.status).toBe(201);
  });

  it('never goes before a token that is sent too', async () => {
    const cookie = await cookieFor(await server.token(['read']));
    const response = await query(cookie, { ...PAGE, Authorization: 'Bearer wrong' });
    expect(response.status).toBe(401);
  });
});

describe('the code of a one-time link', () => {
  const tokenId = () => server.admin.tokenId!;

  it('signs in once, and only for its minutes', async () => {
    const made = new Date('2026-03-01T12:00:00Z');
    const later = (ms: number) => new Date(made.getTime() + SIGN_IN_CODE_MINUTES * 60_000 + ms);
    const code = await makeSignInCode(server.needs, tokenId(), made);
    expect(await redeemSignInCode(server.needs, `${code}x`, made)).toBeNull();
    expect(await redeemSignInCode(server.needs, code, later(-1))).toBe(tokenId());
    expect(await redeemSignInCode(server.needs, code, made)).toBeNull();
    const late = await makeSignInCode(server.needs, tokenId(), made);
    expect(await redeemSignInCode(server.needs, late, later(0))).toBeNull();
  });

  it('signs one of those in who open it at the same time, also at another process', async () => {
    const code = await makeSignInCode(server.needs, tokenId());
    const other = { database: server.needs.database }; // nothing else of a process is asked
    const found = await Promise.all([1, 2, 3, 4].map(() => redeemSignInCode(other, code)));
    expect(found.filter((id) => id !== null)).toEqual([tokenId()]);
  });

  it('is in no table as it was given', async () => {
    const code = await makeSignInCode(server.needs, tokenId());
    const rows = await server.needs.database.$queryRaw<{ text: string }[]>`SELECT c::text AS text FROM sign_in_code c`;
    expect(rows.length).toBeGreaterThan(0);
    const hex = Buffer.from(code).toString('hex');
    expect(rows.filter(({ text }) => text.includes(code) || text.includes(hex))).toEqual([]);
  });
});
