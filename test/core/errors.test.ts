/** Holds the error codes of the program and docs/errors.md together, in both directions. */
import { readFileSync } from 'node:fs';
import { ERROR_MEANINGS } from '../../src/api/error-meanings.js';
import { ERROR_KINDS, WeighbridgeError, type ErrorCode } from '../../src/core/errors.js';

interface Row {
  code: string;
  status: string;
  meaning: string;
  advice: string;
}

const rows = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => /^\| *`/.test(line))
  .map((line): Row => {
    const [code = '', status = '', meaning = '', advice = ''] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    return { code: code.replaceAll('`', ''), status, meaning, advice };
  });

describe('docs/errors.md', () => {
  it('has one row for every code of the program, and no other', () => {
    expect(rows.map(({ code }) => code).sort()).toEqual(Object.keys(ERROR_KINDS).sort());
  });

  it.each(rows)('gives $code the status that the program answers with', ({ code, status }) => {
    const answered = ERROR_KINDS[code as ErrorCode].status;
    // What ends the program never travels over HTTP; in the program such a code carries 500.
    expect(status === 'exit 2' ? 500 : Number(status)).toBe(answered);
  });

  it('says of every code what it means and what to do, in sentences', () => {
    const silent = rows.filter(
      ({ meaning, advice }) => ![meaning, advice].every((text) => /^[A-Z`].*[.)]$/.test(text)),
    );
    expect(silent).toEqual([]);
  });
});

describe('an error', () => {
  it('carries the status of its code, and neither cause nor field when there is none', () => {
    const error = new WeighbridgeError('STORAGE_FULL', 'no room');
    expect({ ...error, status: error.status }).toEqual({
      name: 'WeighbridgeError',
      code: 'STORAGE_FULL',
      field: undefined,
      status: 507,
    });
    expect(Object.hasOwn(error, 'cause')).toBe(false);
  });

  it('has a code in capitals and a meaning that ends as a sentence', () => {
    const odd = Object.entries(ERROR_MEANINGS).filter(
      ([code, meaning]) => !/^[A-Z]+(_[A-Z]+)*$/.test(code) || !/^[A-Z].*\.$/.test(meaning),
    );
    expect(odd).toEqual([]);
  });
});
