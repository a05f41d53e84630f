/**
 * Counts in a file the operators that no row of src/onnx/operators describes, while its bytes pass. Reads names of nodes and functions
 * and nothing else. An inspection does not list them: they are what rows are still to be written for.
 */
import { isDefaultDomain } from '../src/onnx/operators/operator.js';
import { operatorOf } from '../src/onnx/operators/table.js';
import { type FieldRule, MODEL } from '../src/onnx/read/messages.js';
import { WireReader, type WireSink } from '../src/onnx/read/wire.js';

export interface UndescribedOperator {
  /** '' is the default domain. */
  domain: string;
  opType: string;
  uses: number;
}

/** Of one file; a file with more is made up, and what is beyond is not told. */
const MAX_OPERATORS = 1_000;
const MAX_NAME_BYTES = 200;

/** Field numbers of the names in the messages that have them. */
const NAMES: Record<string, { opType: number; domain: number }> = {
  NodeProto: { opType: 4, domain: 7 },
  FunctionProto: { opType: 1, domain: 10 },
};

interface Frame {
  message: string;
  opType: string;
  domain: string;
}

export async function undescribedOperators(chunks: AsyncIterable<Uint8Array>): Promise<UndescribedOperator[]> {
  const counter = new OperatorCounter();
  const reader = new WireReader<FieldRule>(MODEL, counter);
  for await (const chunk of chunks) reader.write(chunk);
  return counter.finish();
}

class OperatorCounter implements WireSink<FieldRule> {
  readonly #open: Frame[] = [];
  readonly #uses = new Map<string, UndescribedOperator>();
  readonly #functions = new Set<string>();
  #name: Uint8Array[] | null = null;
  #field = 0;

  /** Calls of functions are none: what a function does stands in the file. */
  finish(): UndescribedOperator[] {
    return [...this.#uses].flatMap(([key, operator]) => (this.#functions.has(key) ? [] : [operator]));
  }

  open(_number: number, rule: FieldRule): void {
    this.#open.push({ message: rule.kind === 'message' ? rule.message.name : '', opType: '', domain: '' });
  }

  close(): void {
    const { message, opType, domain } = this.#open.pop()!;
    const shown = isDefaultDomain(domain) ? '' : domain;
    const key = JSON.stringify([shown, opType]);
    if (message === 'FunctionProto') this.#functions.add(key);
    if (message !== 'NodeProto' || operatorOf(domain, opType) !== null) return;
    const known = this.#uses.get(key);
    if (known) known.uses += 1;
    else if (this.#uses.size < MAX_OPERATORS) this.#uses.set(key, { domain: shown, opType, uses: 1 });
  }

  begin(number: number): void {
    const names = NAMES[this.#open.at(-1)?.message ?? ''];
    this.#field = number;
    this.#name = names && (number === names.opType || number === names.domain) ? [] : null;
  }

  body(bytes: Uint8Array): void {
    if (!this.#name) return;
    const taken = this.#name.reduce((sum, piece) => sum + piece.length, 0);
    if (taken < MAX_NAME_BYTES) this.#name.push(bytes.slice(0, MAX_NAME_BYTES - taken));
  }

  end(): void {
    if (!this.#name) return;
    const frame = this.#open.at(-1)!;
    const isOpType = this.#field === NAMES[frame.message]!.opType;
    frame[isOpType ? 'opType' : 'domain'] = Buffer.concat(this.#name).toString('utf8');
    this.#name = null;
  }

  varint(): void {
    // Numbers are no names.
  }

  skip(): void {
    // Groups have none.
  }
}
