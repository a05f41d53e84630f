/** What is left of a long path, and that nothing of it is lost. */
import fc from 'fast-check';
import { breakable, endOf, pathParts } from '../../src/web/parts/text/path-text.js';

const LONG =
  'graph/If_0.else_branch/If_0_else_branch__Inline_0__/decoder/If_1.else_branch/If_0_else_branch__Inline_0__/decoder/rnn_1/LSTM';

const shown = (path: string): string =>
  pathParts(path)
    .map(({ text, isLeftOut }) => (isLeftOut ? '…/' : text))
    .join('');

describe('a graph path', () => {
  it('stays whole where it is short', () => {
    expect(shown('graph/If_25.else_branch/If_651.then_branch/LSTM_719')).toBe(
      'graph/If_25.else_branch/If_651.then_branch/LSTM_719',
    );
  });

  it('keeps its branches and its end, which tell nodes apart', () => {
    expect(shown(LONG)).toBe('…/If_0.else_branch/…/If_1.else_branch/…/decoder/rnn_1/LSTM');
    expect(shown(LONG.replace('If_1.else', 'If_1.then'))).not.toBe(shown(LONG));
    expect(pathParts(LONG).at(-1)).toEqual({ text: 'LSTM', isLeftOut: false });
  });

  it('loses nothing, whatever is in it', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 40 }), { maxLength: 12 }), (steps) => {
        const path = steps.join('/');
        const text = pathParts(path).map((part) => part.text);
        expect(text.join('')).toBe(path);
        expect(breakable(path).join('')).toBe(path);
      }),
    );
  });
});

describe('the end of a name', () => {
  it('is whole parts where they fit', () => {
    expect(endOf('encoder.0.reparam_conv.weight', 40)).toBe('encoder.0.reparam_conv.weight');
    expect(endOf('encoder.0.reparam_conv.weight', 21)).toBe('…reparam_conv.weight');
    expect(endOf('encoder.0.reparam_conv.weight', 5)).toBe('…ight');
  });
});
