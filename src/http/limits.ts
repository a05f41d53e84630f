/**
 * The limits of the HTTP layer, each with its reason. Those that an operator may set come from the configuration; the
 * rest are constants here. Tests run them small.
 */

/** Set by the operator. */
export interface UploadLimits {
  /** Largest file, by its declared length at once and by the bytes counted on the way: a wrong declaration changes nothing. */
  maxBlobBytes: number;
  /** Uploads at once, in all and under one token: each holds a staged file, an inspector and its buffers. */
  uploads: number;
  uploadsPerToken: number;
  /** Bytes that must come in every `stallMs` spent waiting for the client; time spent waiting for our own disk does not count. */
  stallBytes: number;
  stallMs: number;
  /** Open sockets; each costs memory before it has said anything. */
  connections: number;
}

export const HTTP_LIMITS = {
  /** Node's default, held here because tokens, digests and cookies of proxies fit it many times over. */
  headerBytes: 16 * 1024,
  headers: 100,
  /** Slow headers are the cheapest way to hold a socket; an honest client sends them in one packet. */
  headersMs: 15_000,
  /** How often Node looks for late headers; with headersMs it keeps the promise of 30 s. */
  connectionCheckMs: 5_000,
  /** A large operation of ours is 4 KiB; a parser's work grows with the text. */
  graphqlBodyBytes: 100 * 1024,
  graphqlRequestMs: 30_000,
  /** 50 GB at 600 kB/s; past it nobody waits for the answer. */
  uploadMs: 24 * 60 * 60 * 1000,
  /** A client that takes nothing of its answer holds an open file, or a large answer in memory. */
  answerIdleMs: 120_000,
  /** A refused body is read and thrown away for so long and so far, since closing on unread bytes can destroy the answer. */
  lingerMs: 5_000,
  lingerBytes: 64 * 1024 * 1024,
  /** Wrong tokens from one address in one minute; guessing 30 base62 characters is hopeless, a log full of it is noise. */
  wrongTokens: 20,
  wrongTokensMs: 60_000,
  /** What is told with UPLOAD_LIMIT_REACHED. */
  retryAfterSeconds: 5,
  /** A database that takes longer to answer one row is not ready. */
  readinessMs: 2_000,
  /** Health is open to all: probes within this time share one look at the database and the disk. */
  readinessCacheMs: 1_000,
  /** At shutdown queries, then uploads and downloads, are waited for; measured from its beginning. With the next it is 60 s. */
  drainQueriesMs: 10_000,
  drainTransfersMs: 55_000,
  /** After that they are cut off, and may still answer and take away what they staged. */
  drainCutMs: 5_000,
} as const;

export type HttpLimits = { -readonly [Name in keyof typeof HTTP_LIMITS]: number } & UploadLimits;
