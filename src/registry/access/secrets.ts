/**
 * The text of a token: `wbr_`, 30 random base62 characters, 6 of checksum, so that a typing error is told from a wrong token without a
 * question to the database, and scanners find leaked ones. Only its SHA-256 is kept. Must never log or store the text.
 */
import { createHash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const PREFIX = 'wbr_';
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 62^30 is about 2^178: nobody guesses one. */
const RANDOM_LENGTH = 30;
const CHECKSUM_LENGTH = 6;
/** Shown in lists: the prefix and 4 of 30 random characters leave 2^154. */
const HINT_LENGTH = PREFIX.length + 4;
const SHAPE = new RegExp(`^${PREFIX}([0-9A-Za-z]{${RANDOM_LENGTH}})([0-9A-Za-z]{${CHECKSUM_LENGTH}})$`);

export function makeSecret(): string {
  let random = '';
  for (let i = 0; i < RANDOM_LENGTH; i++) random += BASE62[randomInt(BASE62.length)];
  return PREFIX + random + checksum(random);
}

/** Says nothing of whether the token is known. */
export function isWellFormed(secret: string): boolean {
  const [, random, sum] = SHAPE.exec(secret) ?? [];
  return random !== undefined && checksum(random) === sum;
}

export function hashSecret(secret: string): Buffer<ArrayBuffer> {
  return Buffer.from(createHash('sha256').update(secret).digest());
}

export function hintOf(secret: string): string {
  return secret.slice(0, HINT_LENGTH);
}

/** Text for a log: what looks like a token, or like one mistyped, is left out. */
export function withoutSecrets(text: string): string {
  return text.replace(/wbr_[0-9A-Za-z]+/gi, `${PREFIX}…`);
}

function checksum(random: string): string {
  let rest = crc32(random);
  let text = '';
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    text = BASE62.charAt(rest % BASE62.length) + text;
    rest = Math.floor(rest / BASE62.length);
  }
  return text;
}
