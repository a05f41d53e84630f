// The rule by which graph paths are shown to people.
import fc from 'fast-check';
import { pathSteps, shortPath } from '../../src/core/graph-path.js';

const INLINED =
  'graph/If_0.else_branch/If_0_else_branch__Inline_0__/decoder/If_1.then_branch/If_0_else_branch__Inline_0__/decoder/rnn/LSTM';

describe('a graph path', () => {
  test.each([
    ['graph/LSTM__67', 'LSTM__67'],
    ['graph//rnn/LSTM', 'rnn / LSTM'],
    ['graph/node[8]', 'node[8]'],
    ['graph', 'graph'],
    ['', ''],
    ['graph/Loop_3.body/gru/GRU', 'Loop_3·body / gru / GRU'],
    [INLINED, 'If_0·else / decoder / If_1·then / rnn / LSTM'],
    ['graph//model/decoder/If_1.else_branch//model/decoder/rnn_1/LSTM', 'model / decoder / If_1·else / rnn_1 / LSTM'],
  ])('%s reads %s', (path, shown) => {
    expect(shortPath(path)).toBe(shown);
  });

  test('keeps a module that is named again within its own scope, and a name that repeats one', () => {
    expect(shortPath('graph/rnn/rnn/rnn')).toBe('rnn / rnn / rnn');
    expect(shortPath('graph/decoder/If_1.then_branch/new/decoder/LSTM')).toBe(
      'decoder / If_1·then / new / decoder / LSTM',
    );
    expect(shortPath('graph/LSTM/If_1.then_branch/LSTM')).toBe('LSTM / If_1·then / LSTM');
  });

  test('that is too long gives way in the middle, from the left', () => {
    const path = 'graph/If_0.else_branch/encoder/one_block/another_block/rnn/LSTM';
    expect(shortPath(path, 60)).toBe('If_0·else / encoder / one_block / another_block / rnn / LSTM');
    expect(shortPath(path, 55)).toBe('If_0·else … one_block / another_block / rnn / LSTM');
    expect(shortPath(path, 45)).toBe('If_0·else … another_block / rnn / LSTM');
    expect(shortPath(path, 24)).toBe('If_0·else … rnn / LSTM');
    expect(shortPath(path, 16)).toBe('… rnn / LSTM');
    expect(shortPath('graph/encoder_of_speech/LSTM', 20)).toBe('… encoder_of_speech / LSTM');
  });

  test('of a tensor keeps the first two parts of its name and the last', () => {
    expect(shortPath('graph/encoder.0.conv_blocks.reparam_conv.weight', 20)).toBe('encoder.0….weight');
    expect(shortPath('graph/encoder.0.conv_blocks.reparam_conv.weight', 60)).toBe(
      'encoder.0.conv_blocks.reparam_conv.weight',
    );
  });

  test('has a bound, however long its names are', () => {
    const long = 'x'.repeat(10_000);
    expect(shortPath(`graph/${long}`, 40)).toBe(`…${'x'.repeat(40)}`);
    expect(shortPath(`graph/${long}/${long}/${long}/${long}`, 40).length).toBeLessThan(200);
  });

  test.each([
    ['modules', 'm/'],
    ['branches', 'If_0.then_branch/'],
    ['branches and modules', 'If_0.then_branch/m/'],
  ])('of a name with a hundred thousand %s takes no longer than it is long', (_, step) => {
    const path = `graph/${step.repeat(100_000)}LSTM`;
    expect(shortPath(path).endsWith(' / LSTM')).toBe(true);
    expect(shortPath(path).length).toBeLessThan(100);
  });

  test('ends with the name and is no longer than what it stands for but for its separators', () => {
    const segment = fc.constantFrom(
      'decoder',
      'rnn',
      'If_0.then_branch',
      'If_0_then_branch__Inline_0__',
      'Loop.body',
      '层',
      '',
    );
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 12 }), fc.constantFrom('LSTM', 'node[3]', '名'), (scopes, name) => {
        const path = ['graph', ...scopes, name].join('/');
        const steps = pathSteps(path);
        expect(steps.at(-1)).toBe(name);
        expect(steps.join('/').length).toBeLessThanOrEqual(path.length);
        expect(shortPath(path, 40).endsWith(name)).toBe(true);
      }),
    );
  });
});
