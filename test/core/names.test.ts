import {
  fileNameOf,
  isDigest,
  nameKey,
  requireAliasName,
  requireDigest,
  requireLabel,
  requireModelName,
  ROUTE_WORDS,
} from '../../src/core/names.js';
import { parseVersionName } from '../../src/core/version-name.js';
import { hasScope, type Principal, requireScope, seesModel } from '../../src/core/principal.js';

function refusal(code: string, ...field: string[]): Error {
  return expect.objectContaining({ code, ...(field.length > 0 && { field }) }) as Error;
}

describe('names', () => {
  const long = 'x'.repeat(128);
  test.each([
    ...['a', '0', 'silero-vad', 'a.b_c-d', 'trailing.', 'a..b', 'sha256', long],
    ...['DTLN', 'Speech_Model', 'org/name', 'Org/Speech_Model', '0/0', `${long}/${long}`],
    // Only what stands after the slash follows something in an address.
    ...['versions', 'check', 'versions/name', 'Check/v2', 'org/versions2', 'org/version'],
  ])('%s names a model, as it is written', (name) => {
    expect(requireModelName(name)).toBe(name);
  });

  test.each([
    ...['', ' ', '-a', '.a', '_a', 'a b', 'ä', 'a\n', 'a\0', '__proto__', 'a@1', 'a%2Fb', 'a\\b', 'a:b', `${long}x`],
    ...['.', '..', '../a', './a', 'a/..', 'a/.', 'a/../b', '%2e%2e', '%2e%2e/a', 'a/%2e%2e'],
    ...[
      '/',
      '/a',
      'a/',
      'a//b',
      '//a',
      'a/b/',
      'a/b/c',
      'a/-b',
      'a/.b',
      'a/ b',
      `a/${long}x`,
      `${long}x/a`,
      'x'.repeat(257),
    ],
    // Look-alikes: the Kelvin sign, a Cyrillic a, a full-width a, slashes that are none, an invisible space.
    ...['\u212aws', '\u0430', '\uff41', 'a\u2215b', 'a\u2044b', 'a\uff0fb', 'a\u200bb', 'e\u0301'],
  ])('%j names none, and the refusal says what does', (name) => {
    expect(() => requireModelName(name)).toThrow(refusal('NAME_INVALID', 'model'));
    expect(() => requireModelName(name)).toThrow(/use name or namespace\/name, each 1 to 128 of A-Z a-z 0-9/);
  });

  test.each(ROUTE_WORDS)('a word of the addresses is a name and a namespace, but not after the slash: %s', (word) => {
    expect(requireModelName(word)).toBe(word);
    expect(requireModelName(`${word}/name`)).toBe(`${word}/name`);
    for (const name of [`org/${word}`, `${word}/${word}`, `org/${word.toUpperCase()}`]) {
      expect(() => requireModelName(name)).toThrow(refusal('NAME_INVALID', 'model'));
      expect(() => requireModelName(name)).toThrow(/follows the name of a model in addresses; use another word/);
    }
  });

  test('names are told apart without regard to case, and by ASCII alone', () => {
    expect(nameKey('Org/DTLN_v2')).toBe('org/dtln_v2');
    // In Unicode the Kelvin sign and the I with a dot have small letters that are ASCII, or begin with one.
    expect(nameKey('\u212aWS \u0130')).toBe('\u212aws \u0130');
  });

  test('the name of a file has no slash', () => {
    expect(fileNameOf('org/name')).toBe('org-name');
    expect(fileNameOf('name')).toBe('name');
  });

  test('a version is named after a model with its namespace', () => {
    expect(parseVersionName('Org/DTLN')).toEqual({ model: 'Org/DTLN', ref: null });
    expect(parseVersionName('Org/DTLN@3')).toEqual({ model: 'Org/DTLN', ref: { number: 3 } });
    expect(parseVersionName('org/name@production')).toEqual({ model: 'org/name', ref: { alias: 'production' } });
    const digest = `sha256:${'0a'.repeat(32)}`;
    expect(parseVersionName(`org/name@${digest}`)).toEqual({ model: 'org/name', ref: { digest } });
    for (const wrong of ['org/name/3', 'org/versions@3', 'org@3/name', '@3', 'org/@3']) {
      expect(() => parseVersionName(wrong)).toThrow(refusal('NAME_INVALID'));
    }
  });

  test('an alias is never all digits, since a number is a version', () => {
    expect(requireAliasName('v2')).toBe('v2');
    for (const wrong of ['2', 'Production', 'a/b']) {
      expect(() => requireAliasName(wrong)).toThrow(refusal('NAME_INVALID'));
    }
    expect(requireModelName('2')).toBe('2');
  });

  test('a name in a refusal cannot break a line, a terminal or a log', () => {
    const name = '\u001b[2J\r\n\u202e\u0085' + 'x'.repeat(5_000);
    expect(() => requireModelName(name)).toThrow(/^[\x20-\x7e…\ufffd]{1,300}$/);
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
    // Names are unique without regard to case, so rights do not differ by it.
    expect(seesModel(team, 'Team-A')).toBe(true);
    expect(seesModel(principal([], 'Team-*'), 'team-a')).toBe(true);
    expect(seesModel(team, 'team-a/secret')).toBe(false);
    expect(seesModel(principal([]), 'org/name')).toBe(true);
    expect(() => requireScope(team, 'publish', 'other')).toThrow(refusal('SCOPE_MISSING'));
    expect(() => requireScope(team, 'admin')).toThrow(refusal('SCOPE_MISSING'));
  });
});
