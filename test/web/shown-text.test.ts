/** Names in sentences: what they hold must not change how the rest is read. */
import { shownText } from '../../src/web/parts/text/shown-text.js';

describe('a shown sentence', () => {
  it('writes out what would turn the direction of reading', () => {
    expect(shownText('hidden size 4 → 9 at graph/a\u202egnp.exe +360.')).toBe(
      'hidden size 4 → 9 at graph/a\\u{202e}gnp.exe +360.',
    );
    expect(shownText('\u2067a\u2069\u200fb')).toBe('\\u{2067}a\\u{2069}\\u{200f}b');
  });

  it('leaves other text as it is, what several code points make up too', () => {
    const text = 'Größe 字 👩‍👧 <b> graph/שלום';
    expect(shownText(text)).toBe(text);
  });
});
