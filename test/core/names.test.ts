import { isDigest, requireAliasName, requireDigest, requireLabel, requireModelName } from '../../src/core/names.js';
import { hasScope, type Principal, requireScope, seesModel } from '../../src/core/principal.js';

function refusal(code: string, ...field: string[]): Error {
  return expect.objectContaining({ code, ...(field.length > 0 && { field }) }) as Error;
}

describe('names', () => {
  test.each(['a', '0', 'silero-vad', 'a.b_c-d', 'x'.repeat(128)])('%s names a model', (name) => {
    expect(requireModelName(name)).toBe(name);
  });

  test.each(['', 'A', '-a', '.a', 'a b', 'a/b', '../a', 'ä', 'x'.repeat(129), 'a\n', '__proto__'])(
    '%j does not, and the refusal says why',
    (name) => {
      expect(() => requireModelName(name)).toThrow(refusal('NAME_INVALID', 'model'));
    },
  );

  test('an alias is never all digits, since a number is a version', () => {
    expect(requireAliasName('v2')).toBe('v2');
    expect(() => requireAliasName('2')).toThrow(refusal('NAME_INVALID'));
    expect(requireModelName('2')).toBe('2');
  });

  test('a name in a refusal cannot break a line, a terminal or a log', () => {
    const name = '\u001b[2J\r\n\u202e\u0085' + 'x'.repeat(5_000);
    expect(() => requireModelName(name)).toThrow(/^[\x20-\x7e…\ufffd]{1,250}$/);
  });

  test('a digest is sha256: and 64 lower-case hexadecimal digits', () => {
    const digest = `sha256:${'0a'.repeat(32)}`;
    expect(requireDigest(digest)).toBe(digest);
    for (const wrong of [digest.toUpperCase(), digest.slice(0, -1), `${digest}0`, 'sha1:00', '', `${digest}\n`]) {
      expect(isDigest(wrong)).toBe(false);
    }
  });

  test('a label may say key=value, but nothing that needs quoting', () => {
    expect(requireLabel('stage=qa', ['labels'])).toBe('stage=qa');
    expect(() => requireLabel('a b', ['labels'])).toThrow(refusal('INPUT_INVALID'));
  });
});

describe('principals', () => {
  const principal = (scopes: Principal['scopes'], models = '*'): Principal => ({
    tokenId: 't',
    name: 't',
    scopes,
    models,
  });

  test('every token may read, admin may do everything, others only what they name', () => {
    expect(hasScope(principal([]), 'read')).toBe(true);
    expect(hasScope(principal(['read']), 'publish')).toBe(false);
    expect(hasScope(principal(['publish']), 'approve')).toBe(false);
    expect(hasScope(principal(['admin']), 'approve')).toBe(true);
  });

  test('a scope holds for the models of the pattern', () => {
    const team = principal(['publish'], 'team-*');
    expect(seesModel(team, 'team-a')).toBe(true);
    expect(() => requireScope(team, 'publish', 'team-a')).not.toThrow();
    expect(() => requireScope(team, 'publish', 'other')).toThrow(refusal('SCOPE_MISSING'));
    expect(() => requireScope(team, 'admin')).toThrow(refusal('SCOPE_MISSING'));
  });
});
