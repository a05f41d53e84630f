import { safeJson, safeJsonPieces, safeLines, safeText } from '../../../src/cli/terminal/safe-text.js';

const HOSTILE = {
  'an escape code': ['\u001b[31mred\u001b[0m', '\\u{1b}[31mred\\u{1b}[0m'],
  'an 8-bit escape code': ['\u009b31m', '\\u{9b}31m'],
  'a title change': ['\u001b]0;owned\u0007', '\\u{1b}]0;owned\\u{7}'],
  'a line break': ['a\r\nb', 'a\\u{d}\\u{a}b'],
  'a line separator': ['a\u2028b', 'a\\u{2028}b'],
  'a right-to-left override': ['graph\u202exnno', 'graph\\u{202e}xnno'],
  'a bidirectional isolate': ['\u2066x\u2069', '\\u{2066}x\\u{2069}'],
  'a zero-width space': ['LS\u200bTM', 'LS\\u{200b}TM'],
  'a NUL': ['a\0b', 'a\\u{0}b'],
  'a tag character': ['a\u{e0041}', 'a\\u{e0041}'],
  'half a surrogate pair': ['a\ud800', 'a\\u{d800}'],
  'a blank that is a letter': ['\u3164', '\\u{3164}'],
} as const;

describe('text for a terminal', () => {
  it.each(Object.entries(HOSTILE))('shows %s as what it is', (_name, [text, shown]) => {
    expect(safeText(text)).toBe(shown);
  });

  it.each(['graph/If_25.else_branch/LSTM_12', 'Größe', '模型/レイヤー', 'модель', '📦', '__proto__', 'a\\b'])(
    'leaves %p as it is',
    (text) => {
      expect(safeText(text)).toBe(text);
    },
  );

  it('keeps the lines of a text of several lines', () => {
    expect(safeLines('one\ntwo\u001b[2J')).toBe('one\ntwo\\u{1b}[2J');
  });
});

describe('JSON for a terminal', () => {
  it.each(Object.entries(HOSTILE))('carries %s without printing it, and parses to the same', (_name, [text]) => {
    const json = safeJson({ [text]: text });
    expect(json).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(json)).toEqual({ [text]: text });
  });

  it.each([
    [
      'long lists',
      { file: 'a', nodes: Array.from({ length: 250 }, (_, i) => ({ i, dims: [1, 2], none: [] })), last: null },
    ],
    ['a list that fills its pieces', { nodes: Array.from({ length: 200 }, (_, i) => [i, 'a\n\u001b']) }],
    ['no members', {}],
    ['what is not there', { a: undefined, b: 1, c: undefined }],
    ['objects in objects', { a: { b: { c: [{}] } }, '\u202e': 'x' }],
  ])('is the same in pieces: %s', (_name, value) => {
    const pieces = [...safeJsonPieces(value)];
    expect(pieces.join('')).toBe(safeJson(value, 2));
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(20_000);
  });

  it('may be indented', () => {
    expect(safeJson({ a: ['b\u009b'] }, 2)).toBe('{\n  "a": [\n    "b\\u009b"\n  ]\n}');
  });
});
