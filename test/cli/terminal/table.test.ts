import { cutMiddle, renderTable, type Column } from '../../../src/cli/terminal/table.js';

const COLUMNS: Column[] = [
  { head: 'node', shrinkTo: 10 },
  { head: 'op', shrinkTo: 4 },
  { head: 'stored', align: 'right' },
];

describe('cutting in the middle', () => {
  it('leaves what fits', () => {
    expect(cutMiddle('graph/LSTM', 10)).toBe('graph/LSTM');
  });

  it('keeps beginning and end around an ellipsis', () => {
    expect(cutMiddle('graph/If_0.then_branch/LSTM_12', 13)).toBe('graph/…STM_12');
  });

  it('counts wide characters as two columns', () => {
    expect(cutMiddle('模型模型模型', 7)).toBe('模…模型');
  });

  it.each([0, 1, 2])('fits %p columns', (width) => {
    expect(cutMiddle('abcdef', width)).toHaveLength(width);
  });
});

describe('a table', () => {
  it('has a line a row, its columns below one another, and no blanks at the ends', () => {
    const rows = [
      ['graph/a', 'LSTM', '50,400'],
      ['b', 'GRU', '8'],
    ];
    expect(renderTable(COLUMNS, rows, 80).split('\n')).toEqual([
      'node     op    stored',
      'graph/a  LSTM  50,400',
      'b        GRU        8',
    ]);
  });

  it('cuts the first column that may be cut, before the others', () => {
    const rows = [['graph/If_0.then_branch/LSTM_12', 'DynamicQuantizeLSTM', '50,400']];
    const lines = renderTable(COLUMNS, rows, 45).split('\n');
    expect(lines[1]).toBe(
      'graph/I…TM_12  DynamicQuantizeLSTM  50,400'.replace(
        'graph/I…TM_12',
        cutMiddle('graph/If_0.then_branch/LSTM_12', 16),
      ),
    );
    expect(lines[1]?.length).toBe(45);
  });

  it('never cuts a figure: rows that do not fit are written below one another', () => {
    const rows = [['graph/If_0.then_branch/LSTM_12', 'LSTM', '9,007,199,254,740,991']];
    const text = renderTable(COLUMNS, rows, 30);
    expect(text).toContain('9,007,199,254,740,991');
    expect(text.split('\n').filter((line) => line.length > 30)).toEqual([]);
  });
});
