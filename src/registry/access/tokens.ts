/**
 * Tokens made, revoked, and turned into the principal who asks. A token never grants more than its maker holds. The secret is handed
 * out once; what is kept cannot be turned back into it.
 */
import { timingSafeEqual } from 'node:crypto';
import type { Token } from '../../core/catalog.js';
import { WeighbridgeError } from '../../core/errors.js';
import { EVERY_MODEL, nameGlobCovers } from '../../core/name-glob.js';
import { hasScope, type Principal, requireScope, type Scope, SCOPES } from '../../core/principal.js';
import { Prisma } from '../../database/client.js';
import type { Transaction } from '../rows/counter.js';
import { checkText, invalid } from '../rows/details.js';
import { retried, translated } from '../faults.js';
import type { Needs, Reads } from '../needs.js';
import { isUuid } from '../rows/pages.js';
import { toToken, type TokenRow } from '../rows/records.js';
import { hashSecret, hintOf, isWellFormed, makeSecret } from './secrets.js';
import { readsWithin, select, TOKEN_COLUMNS } from '../rows/select.js';
import { recordEvent } from '../trail/trail.js';

const { sql, empty } = Prisma;

export const DEFAULT_EXPIRY_DAYS = 90;
/** Ten years: a longer one is a token without expiry by another name. */
export const MAX_EXPIRY_DAYS = 3_650;
export const MAX_TOKEN_NAME_LENGTH = 128;
export const MAX_STARS = 4;
const PATTERN = /^[A-Za-z0-9._*?-]{1,128}(?:\/[A-Za-z0-9._*?-]{1,128})?$/;

/** Prisma's migration lock, so that servers that start together on an empty database make one token between them. */
const START_LOCK = 72_707_369;

/** Who did what no token did: the registry itself, and who reads without a token. */
const RESERVED_NAMES: readonly string[] = ['weighbridge', 'anonymous'];

const DAY_MS = 86_400_000;

export interface NewToken {
  name: string;
  scopes: readonly Scope[];
  /** Pattern over names of models; the maker's own if absent. */
  models?: string | null | undefined;
  /** 90 if absent. */
  expiresInDays?: number | null | undefined;
}

/** Needs `admin`. Rejects with SCOPE_MISSING for what the maker does not hold itself, INPUT_INVALID, TOKEN_EXISTS; of two at once one is made. */
export async function createToken(
  needs: Needs,
  principal: Principal,
  request: NewToken,
): Promise<{ token: Token; secret: string }> {
  requireScope(principal, 'admin');
  const name = checkName(request.name);
  const scopes = checkScopes(principal, request.scopes);
  const models = checkModels(principal, request.models ?? principal.models);
  const days = request.expiresInDays ?? DEFAULT_EXPIRY_DAYS;
  if (!Number.isInteger(days) || days < 1 || days > MAX_EXPIRY_DAYS) {
    throw invalid(['expiresInDays'], `is not a whole number from 1 to ${MAX_EXPIRY_DAYS}`);
  }
  const secret = makeSecret();
  const now = new Date();
  const row = await retried(() =>
    needs.database.$transaction(async (transaction) => {
      await requireFreeName(transaction, name);
      const made = await transaction.token.create({
        data: {
          ...kept(secret),
          name,
          scopes,
          models,
          createdAt: now,
          createdBy: principal.name,
          createdById: principal.tokenId,
          expiresAt: new Date(now.getTime() + days * DAY_MS),
        },
      });
      await recordToken(transaction, 'TOKEN_CREATED', principal, made);
      return made;
    }),
  );
  return { token: toToken(row), secret };
}

/** Needs `admin`, over all models that the token holds for; else TOKEN_NOT_FOUND. Revoking twice is no error. */
export async function revokeToken(needs: Needs, principal: Principal, id: string): Promise<Token> {
  requireScope(principal, 'admin');
  const row = isUuid(id) ? await translated(() => needs.database.token.findUnique({ where: { id } })) : null;
  if (row === null || !nameGlobCovers(principal.models, row.models)) {
    throw new WeighbridgeError('TOKEN_NOT_FOUND', 'there is no token with this id, or this token may not revoke it');
  }
  return retried(() =>
    needs.database.$transaction(async (transaction) => {
      const where = { id, revokedAt: null };
      const { count } = await transaction.token.updateMany({ where, data: { revokedAt: new Date() } });
      const revoked = await transaction.token.findUniqueOrThrow({ where: { id } });
      if (count > 0) await recordToken(transaction, 'TOKEN_REVOKED', principal, revoked);
      return toToken(revoked);
    }),
  );
}

/** Which token it is and what it may do; neither secret nor hint. */
async function recordToken(
  transaction: Transaction,
  action: 'TOKEN_CREATED' | 'TOKEN_REVOKED',
  by: Pick<Principal, 'name' | 'tokenId'>,
  { id, name, scopes, models, expiresAt }: TokenRow,
): Promise<void> {
  const details = { token: id, name, scopes, models, expiresAt: expiresAt?.toISOString() ?? null };
  await recordEvent(transaction, { action, by, model: null, details });
}

/** Null for a token that is malformed, unknown, expired or revoked: the asker learns no more than that. */
export async function authenticate(needs: Needs, secret: string): Promise<Principal | null> {
  if (!isWellFormed(secret)) return null;
  const hash = hashSecret(secret);
  const [row] = await select<TokenRow & { hash: Uint8Array }>(
    needs,
    sql`SELECT ${TOKEN_COLUMNS}, t.hash FROM token t WHERE t.hash = ${hash}::bytea`,
  );
  if (row === undefined || !timingSafeEqual(row.hash, hash)) return null;
  return principalOfToken(toToken(row));
}

/** Null once it is revoked or expired. */
export function principalOfToken({ id, name, scopes, models, expiresAt, revokedAt }: Token): Principal | null {
  if (revokedAt !== null || (expiresAt !== null && expiresAt.getTime() <= Date.now())) return null;
  return { tokenId: id, name, scopes, models };
}

/**
 * Reads the token again: what was asked with it may have taken hours to arrive. It is locked until the transaction ends, so that a
 * revocation comes before or after what is done. Throws TOKEN_INVALID or SCOPE_MISSING, which `isLapse` tells from those of the start.
 */
export async function requireStillGranted(
  transaction: Transaction,
  principal: Principal,
  scope: Scope,
  modelName?: string,
): Promise<void> {
  await requireGranted(readsWithin(transaction), principal, scope, modelName, sql`FOR SHARE`);
}

/** The same as of now, in no transaction: before what is asked with it takes room. */
export function requireGrantedNow(needs: Reads, principal: Principal, scope: Scope, modelName?: string): Promise<void> {
  return requireGranted(needs, principal, scope, modelName, empty);
}

async function requireGranted(
  reads: Reads,
  { tokenId }: Principal,
  scope: Scope,
  modelName: string | undefined,
  lock: Prisma.Sql,
): Promise<void> {
  if (tokenId === null) return;
  const [row] = await select<TokenRow>(
    reads,
    sql`SELECT ${TOKEN_COLUMNS} FROM token t WHERE t.id = ${tokenId}::uuid ${lock}`,
  );
  const now = row === undefined ? null : principalOfToken(toToken(row));
  if (now === null) {
    const message = 'the token was revoked or has expired since this request began';
    throw new WeighbridgeError('TOKEN_INVALID', message, { cause: LAPSE });
  }
  try {
    requireScope(now, scope, modelName);
  } catch (error) {
    if (!(error instanceof WeighbridgeError)) throw error;
    throw new WeighbridgeError(error.code, `${error.message}; it was changed since this request began`, {
      cause: LAPSE,
    });
  }
}

const LAPSE = Symbol('the token was taken back while its request ran');

export function isLapse(error: unknown): error is WeighbridgeError {
  return error instanceof WeighbridgeError && error.cause === LAPSE;
}

/**
 * The admin token of the first start: made only when there is no token at all, for all models, without expiry, since nobody could
 * renew it from outside. Also makes the identity of the registry where it has none yet. `keep` gets the secret before the row is committed: if it rejects, no token was made. True if one was.
 */
export function ensureAdminToken(needs: Needs, keep: (secret: string) => Promise<void>): Promise<boolean> {
  return retried(() =>
    needs.database.$transaction(async (transaction) => {
      await transaction.$executeRaw`SELECT pg_advisory_xact_lock(${START_LOCK})`;
      await transaction.$executeRaw`INSERT INTO registry (id) SELECT gen_random_uuid() WHERE NOT EXISTS (SELECT FROM registry)`;
      if ((await transaction.token.findFirst({ select: { id: true } })) !== null) return false;
      const secret = makeSecret();
      const made = await transaction.token.create({
        data: { ...kept(secret), name: 'admin', scopes: ['admin'], models: EVERY_MODEL, createdBy: 'weighbridge' },
      });
      await recordToken(transaction, 'TOKEN_CREATED', { name: 'weighbridge', tokenId: null }, made);
      await keep(secret);
      return true;
    }),
  );
}

/** What was made at the same moment breaks the index, and is seen when this is tried again. */
async function requireFreeName(transaction: Transaction, name: string): Promise<void> {
  const taken = await transaction.$queryRaw<unknown[]>`SELECT FROM token WHERE lower(name) = lower(${name}::text)`;
  if (taken.length === 0) return;
  const message = `a token named ${JSON.stringify(name)} exists already, perhaps revoked: names tell who did what, so each is given once`;
  throw new WeighbridgeError('TOKEN_EXISTS', message, { field: ['name'] });
}

function kept(secret: string) {
  return { hash: hashSecret(secret), hint: hintOf(secret) };
}

function checkName(name: string): string {
  // Composed and decomposed letters look the same.
  const checked = checkText(name.normalize('NFC').trim(), MAX_TOKEN_NAME_LENGTH, ['name']) ?? '';
  // It is shown in lists and on terminals as publishedBy: one line, nothing that changes how the rest is read.
  if (checked === '' || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(checked)) throw invalid(['name'], 'is not one line of text');
  if (RESERVED_NAMES.includes(checked.toLowerCase()))
    throw invalid(['name'], 'is what the registry calls itself or nobody');
  return checked;
}

function checkScopes(principal: Principal, scopes: readonly Scope[]): Scope[] {
  if (scopes.length === 0) throw invalid(['scopes'], `is empty; give some of ${SCOPES.join(', ')}`);
  for (const scope of scopes) {
    if (!SCOPES.includes(scope)) throw invalid(['scopes'], `holds no scope; give some of ${SCOPES.join(', ')}`);
    if (hasScope(principal, scope)) continue;
    throw new WeighbridgeError('SCOPE_MISSING', `this token has no scope "${scope}" to give`, { field: ['scopes'] });
  }
  return SCOPES.filter((scope) => scopes.includes(scope));
}

/** Throws INPUT_INVALID for what is no pattern over names of models. */
export function requireNamePattern(models: string): void {
  // More stars would make matching slow.
  if (PATTERN.test(models) && models.split('*').length <= MAX_STARS + 1) return;
  const parts = 'name or namespace/name, each 1 to 128 of A-Z a-z 0-9 . _ - ?';
  throw invalid(['models'], `is not a pattern of ${parts}, with up to ${MAX_STARS} *; * alone is every model`);
}

function checkModels(principal: Principal, models: string): string {
  requireNamePattern(models);
  if (nameGlobCovers(principal.models, models)) return models;
  throw new WeighbridgeError('SCOPE_MISSING', `this token applies only to models like "${principal.models}"`, {
    field: ['models'],
  });
}
