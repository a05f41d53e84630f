/**
 * What pg takes for the socket to a server, over a function that runs messages: one session, which each connection finds as new.
 * Must never let two connections into one transaction, nor keep one whose engine was lost.
 */
import { Duplex } from 'node:stream';
import pg from 'pg';
import { type Connect, GREETING, type Run, simpleQuery, TERMINATE } from './engine-protocol.js';

/** What the connection before may have left: a transaction, then all that belongs to a session. Not one text: that were a transaction. */
const RESET = [simpleQuery('ROLLBACK'), simpleQuery('DISCARD ALL')];
/** While the files are opened again nobody waits for longer than for a server. */
const CONNECT_TIMEOUT_MS = 15_000;
const READY_AND_IDLE = 'I'.charCodeAt(0);

/** One connection at a time, each with a session of its own. Nothing of the environment of this process, such as PGHOST, has a say. */
export function openPool(connect: Connect): pg.Pool {
  const pool = new pg.Pool({
    stream: () => new EngineStream(connect),
    ...{ host: 'localhost', port: 5432, user: 'postgres', password: 'none', database: 'postgres', ssl: false },
    max: 1,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 0,
  });
  // An idle connection whose engine is lost is replaced by the pool; without a listener the event would end the process.
  pool.on('error', () => undefined);
  return pool;
}

class EngineStream extends Duplex {
  readonly #run: Run;
  #isGreeted = false;

  constructor(connect: Connect) {
    super();
    this.#run = connect((error) => this.destroy(error));
  }

  connect(): this {
    process.nextTick(() => this.emit('connect'));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {
    // Answers are pushed as they come: pg asks one thing at a time.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#take(chunk).then(
      () => done(),
      // Later, so that what was said last, such as why a statement was stopped, is heard before the connection ends.
      (error: Error) => setImmediate(() => done(error)),
    );
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'binary', done);
  }

  override _final(done: () => void): void {
    this.push(null);
    done();
  }

  async #take(messages: Buffer): Promise<void> {
    if (messages[0] === TERMINATE) return;
    if (this.#isGreeted) return this.#run(messages, (bytes) => this.#answer(bytes));
    this.#isGreeted = true; // the first message is the start of a session, which PostgreSQL has had
    let last: number | undefined;
    for (const message of RESET) await this.#run(message, (bytes) => (last = bytes.at(-1)));
    if (last !== READY_AND_IDLE) throw new Error('Connection terminated: the session could not be reset');
    this.#answer(GREETING);
  }

  #answer(bytes: Uint8Array): void {
    if (!this.destroyed) this.push(bytes);
  }
}
