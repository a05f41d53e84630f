import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { WeighbridgeError } from '../../../src/core/errors.js';
import {
  BIAS_COUNTS,
  FORMULA_WORDS,
  GATE_COUNTS_WORDS,
  layerMacs,
  layerParts,
  layerShapes,
  MATRIX_WORDS,
  operatorFormula,
  PART_WORDS,
  sayGates,
  SHAPE_WORDS,
  spellFormula,
  stateElements,
  type CellType,
} from '../../../src/core/layer/formula.js';
import { recurrentParameters } from '../../../src/core/layer/stack.js';
import { judgeNode } from '../../../src/core/layer/verdict.js';

describe('the formula of one layer', () => {
  // 4(nm+n²), 4(nm+n²+n), 4(nm+n²+2n); the seed figure (25, 100) → 50,400 and the other check values of the project.
  test.each([
    ['LSTM', 25, 100, 'NONE', 50_000],
    ['LSTM', 25, 100, 'SINGLE', 50_400],
    ['LSTM', 25, 100, 'DOUBLE', 50_800],
    ['LSTM', 3, 2, 'NONE', 40],
    ['LSTM', 3, 2, 'SINGLE', 48],
    ['LSTM', 3, 2, 'DOUBLE', 56],
    ['LSTM', 128, 128, 'DOUBLE', 132_096],
    ['GRU', 8, 16, 'SINGLE', 1_200], // Keras, reset_after=False
    ['GRU', 8, 16, 'DOUBLE', 1_248], // Keras, reset_after=True
    ['RNN', 8, 16, 'DOUBLE', 416],
  ] as const)('%s with m=%i, n=%i and bias %s has %i params', (opType, inputSize, hiddenSize, bias, params) => {
    expect(recurrentParameters({ opType, inputSize, hiddenSize, bias }).params).toBe(params);
  });

  test('is the same as 4d·(n+d) plus bias in the notation with d units and n inputs', () => {
    const size = fc.integer({ min: 1, max: 5_000 });
    fc.assert(
      fc.property(size, size, (n, d) => {
        const breakdown = recurrentParameters({ opType: 'LSTM', inputSize: n, hiddenSize: d, bias: 'NONE' });
        expect(breakdown.params).toBe(4 * d * (n + d));
      }),
    );
  });

  test('peepholes add 3n to an LSTM, to the gates i, o and f', () => {
    const { params, byGate, byPart } = recurrentParameters({
      opType: 'LSTM',
      inputSize: 3,
      hiddenSize: 2,
      bias: 'SINGLE',
      peepholes: true,
    });
    expect(params).toBe(48 + 6);
    expect(byPart.peephole).toBe(6);
    expect(byGate).toEqual([
      { gate: 'i', params: 14 },
      { gate: 'o', params: 14 },
      { gate: 'f', params: 14 },
      { gate: 'c', params: 12 },
    ]);
  });

  test('a projection is counted as torch.nn.LSTM(25, 100, proj_size=20) does', () => {
    // weight_ih [400,25], weight_hh [400,20], two biases [400], weight_hr [20,100]
    const stack = { opType: 'LSTM', inputSize: 25, hiddenSize: 100, projection: 20 } as const;
    expect(recurrentParameters(stack).params).toBe(400 * 25 + 400 * 20 + 2 * 400 + 20 * 100);
  });

  test('GRU and RNN have the gates z r h and i', () => {
    const gates = (opType: 'GRU' | 'RNN') =>
      recurrentParameters({ opType, inputSize: 2, hiddenSize: 2 }).byGate.map(({ gate }) => gate);
    expect(gates('GRU')).toEqual(['z', 'r', 'h']);
    expect(gates('RNN')).toEqual(['i']);
  });
});

describe('the shapes in which ONNX stores a layer', () => {
  type Shapes = Record<'W' | 'R' | 'B' | 'P', number[] | null>;

  // By hand, from the operators' descriptions: m = 6 and n = 8.
  test.each<[CellType, number, Shapes, number[]]>([
    ['LSTM', 1, { W: [1, 32, 6], R: [1, 32, 8], B: [1, 64], P: [1, 24] }, [192, 256, 64, 24]],
    ['LSTM', 2, { W: [2, 32, 6], R: [2, 32, 8], B: [2, 64], P: [2, 24] }, [384, 512, 128, 48]],
    ['LSTM', 2, { W: [2, 32, 6], R: [2, 32, 8], B: [2, 64], P: null }, [384, 512, 128, 0]],
    ['GRU', 1, { W: [1, 24, 6], R: [1, 24, 8], B: [1, 48], P: null }, [144, 192, 48, 0]],
    ['GRU', 2, { W: [2, 24, 6], R: [2, 24, 8], B: null, P: null }, [288, 384, 0, 0]],
    ['RNN', 2, { W: [2, 8, 6], R: [2, 8, 8], B: [2, 16], P: null }, [96, 128, 32, 0]],
  ])('%s over %i directions: %j are a MATCH and multiply out to the parts %j', (cell, D, shapes, parts) => {
    const sizes = { cell, m: 6, n: 8, D, biases: shapes.B === null ? 0 : 2, peepholes: shapes.P !== null };
    const counted = layerShapes(sizes);
    const stored = (['W', 'R', 'B', 'P'] as const).filter((role) => shapes[role] !== null);
    expect(stored.map((role) => counted[role].map(Number))).toEqual(stored.map((role) => shapes[role]));
    const { input, recurrent, bias, peephole } = layerParts(sizes);
    expect([input, recurrent, bias, peephole].map(Number)).toEqual(parts);
    const role = (dims: number[] | null) => ({ given: dims !== null, dims, blocker: null });
    const judged = judgeNode({
      opType: cell,
      direction: D === 2 ? 'bidirectional' : 'forward',
      hiddenSize: 8,
      W: role(shapes.W),
      R: role(shapes.R),
      B: role(shapes.B),
      P: role(shapes.P),
      others: [],
    });
    expect(judged).toMatchObject({ verdict: 'MATCH', stored: parts.reduce((sum, part) => sum + part, 0) });
  });

  test('a projection turns n features into p, as weight_hr [20, 100] of torch.nn.LSTM(25, 100, proj_size=20) does', () => {
    const { R, projection } = layerShapes({ cell: 'LSTM', m: 25, n: 100, D: 1, biases: 2, peepholes: false, p: 20 });
    expect([R, projection]).toEqual([
      [1n, 400n, 20n],
      [1n, 20n, 100n],
    ]);
  });
});

describe('what a step takes', () => {
  // Products of n elements by hand: f∘c, i∘c̃, o∘tanh(c); r∘h, z∘h, (1−z)∘h̃; three more for peepholes.
  test.each([
    ['LSTM', false, 2 * 3 * 8],
    ['LSTM', true, 2 * 6 * 8],
    ['GRU', false, 2 * 3 * 8],
    ['RNN', false, 0],
  ] as const)('%s, peepholes %s, has %i products beside those with weights', (cell, peepholes, pointwise) => {
    expect(Number(layerMacs({ cell, m: 6, n: 8, D: 2, biases: 2, peepholes }).pointwise)).toBe(pointwise);
  });

  test('an LSTM carries h and c, a GRU and an RNN h; a projection makes h smaller', () => {
    expect(stateElements({ cell: 'LSTM', n: 8, D: 2 })).toBe(32n);
    expect(stateElements({ cell: 'LSTM', n: 8, D: 2, p: 3 })).toBe(22n);
    expect(stateElements({ cell: 'GRU', n: 8, D: 2 })).toBe(16n);
    expect(stateElements({ cell: 'RNN', n: 8, D: 1 })).toBe(8n);
  });
});

describe('the words say what is counted', () => {
  const [D, m, n, p] = [2, 7, 5, 3];
  const letters = { D, G: 4, m, n, p };
  const partsOf = (bias: keyof typeof BIAS_COUNTS, extras: { peepholes?: boolean; p?: number } = {}) =>
    layerParts({ cell: 'LSTM', m, n, D, biases: BIAS_COUNTS[bias], peepholes: false, ...extras });
  const total = (parts: Record<string, bigint>) => Number(Object.values(parts).reduce((sum, part) => sum + part, 0n));

  test('of the formula under each convention, and with a projection', () => {
    expect(valueOf(FORMULA_WORDS.none, letters)).toBe(total(partsOf('NONE')));
    expect(valueOf(FORMULA_WORDS.single, letters)).toBe(total(partsOf('SINGLE')));
    expect(valueOf(FORMULA_WORDS.double, letters)).toBe(total(partsOf('DOUBLE')));
    expect(valueOf(FORMULA_WORDS.projected, letters)).toBe(total(partsOf('NONE', { p })));
  });

  test('of each part and each matrix', () => {
    const parts = partsOf('SINGLE', { peepholes: true });
    const projected = partsOf('SINGLE', { p });
    expect(valueOf(PART_WORDS.input, letters)).toBe(Number(parts.input));
    expect(valueOf(PART_WORDS.recurrent, letters)).toBe(Number(parts.recurrent));
    expect(valueOf(PART_WORDS.projectedRecurrent, letters)).toBe(Number(projected.recurrent));
    expect(valueOf(PART_WORDS.bias, letters)).toBe(Number(parts.bias));
    expect(valueOf(PART_WORDS.peephole, letters)).toBe(Number(parts.peephole));
    expect(valueOf(PART_WORDS.projection, letters)).toBe(Number(projected.projection));
    const { pointwise } = layerMacs({ cell: 'GRU', m, n, D, biases: 2, peepholes: false });
    expect(valueOf(PART_WORDS.products, letters)).toBe(Number(pointwise));
    expect(D * valueOf(MATRIX_WORDS.WR, letters)).toBe(Number(parts.input + parts.recurrent));
  });

  test('of each shape, axis by axis', () => {
    const shapes = layerShapes({ cell: 'LSTM', m, n, D, biases: 2, peepholes: true });
    for (const role of ['W', 'R', 'B', 'P'] as const) {
      const axes = SHAPE_WORDS[role].slice(1, -1).split(', ');
      expect(axes.map((axis) => valueOf(axis, letters))).toEqual(shapes[role].map(Number));
    }
  });

  test('of the formula spelled in letters and in numbers', () => {
    for (const bias of ['NONE', 'SINGLE', 'DOUBLE'] as const) {
      for (const [peepholes, projected] of [
        [false, false],
        [true, false],
        [false, true],
        [true, true],
      ] as const) {
        const wanted = total(partsOf(bias, { peepholes, ...(projected && { p }) }));
        const kind = { bias, peepholes, projected };
        expect(valueOf(spellFormula(kind, { D: 'D', G: 'G', m: 'm', n: 'n', p: 'p' }, ''), letters)).toBe(wanted);
        const numbers = { D: '2', G: '4', m: '7', n: '5', p: '3' };
        expect(valueOf(spellFormula(kind, numbers, '·'), {})).toBe(wanted);
      }
    }
  });

  test('of the gates', () => {
    expect(GATE_COUNTS_WORDS).toBe('LSTM 4, GRU 3, RNN 1');
    expect(sayGates('LSTM')).toBe('4 gates (i o f c)');
    expect(sayGates('RNN')).toBe('1 gate (i)');
  });
});

describe('the formula is written in one file', () => {
  const HOME = 'core/layer/formula.ts';
  const WRITINGS = {
    'the formula in words': /\bnm ?\+|\bn² ?\+|G ?· ?\(?n|\bG\(n|\bn·m\b/,
    'the size of peepholes or products': /\b3nD?\b|\b3 ?[·*] ?n\b|\bn ?[·*] ?3n?\b/,
    'gate letters': /\[\s*'(i|z)',\s*'(o|r)'|\bi, o (and|or) f\b|\b(i o f|z r h|iofc?|zrh)\b/,
    'a number of gates': /\bgates?(:| =) \d|\bG = \d|\b(LSTM|GRU|RNN) \(?[134]\b|\b[34] gates\b/,
    'rows of a matrix': /(\bgates|GATES\[[^\]]+\]\.length\)?) \* |\* (\w+\()?(gates\b|GATES\b)/,
  };
  const writingsIn = (code: string) =>
    Object.entries(WRITINGS).flatMap(([what, pattern]) => (pattern.test(code) ? [what] : []));
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => /\.tsx?$/.test(file) && !file.includes('/generated/'));

  test('and all others call it', () => {
    const second = files
      .filter((file) => file !== HOME)
      .flatMap((file) =>
        writingsIn(codeOf(file)).map((what) => `src/${file} writes ${what}: take it from src/${HOME}`),
      );
    expect(second).toEqual([]);
  });

  test('and the scan would find it, in numbers, words and letters', () => {
    expect(writingsIn(codeOf(HOME))).toEqual(expect.arrayContaining(['the formula in words', 'gate letters']));
    expect(writingsIn('const rows = D * GATES[cell].length * n;')).toEqual(['rows of a matrix']);
    expect(writingsIn('peepholes ? 3n * n * D : 0n')).toEqual(['the size of peepholes or products']);
    expect(writingsIn("gates: 4, says: 'D·G(nm + n²)'")).toEqual(['the formula in words', 'a number of gates']);
  });

  /** Without comments. */
  function codeOf(file: string): string {
    const text = readFileSync(path.join('src', file), 'utf8');
    return text.replace(/\/\*[^]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
  }
});

describe('the formula of a stack', () => {
  test('a layer above the first reads what both directions below put out', () => {
    const { byLayer, params } = recurrentParameters({
      opType: 'LSTM',
      inputSize: 10,
      hiddenSize: 20,
      layers: 2,
      bidirectional: true,
    });
    expect(byLayer.map(({ inputSize }) => inputSize)).toEqual([10, 40]);
    // torch.nn.LSTM(10, 20, num_layers=2, bidirectional=True): 2·(80·10+80·20+160) + 2·(80·40+80·20+160)
    expect(byLayer.map((layer) => layer.params)).toEqual([5_120, 9_920]);
    expect(params).toBe(15_040);
  });

  test('parts, layers, and gates with the projection each sum to the total', () => {
    const stack = fc.record({
      opType: fc.constantFrom('LSTM' as const, 'GRU' as const, 'RNN' as const),
      inputSize: fc.integer({ min: 1, max: 300 }),
      hiddenSize: fc.integer({ min: 2, max: 300 }),
      layers: fc.integer({ min: 1, max: 5 }),
      bidirectional: fc.boolean(),
      bias: fc.constantFrom('NONE' as const, 'SINGLE' as const, 'DOUBLE' as const),
      extras: fc.boolean(),
    });
    fc.assert(
      fc.property(stack, ({ extras, ...base }) => {
        const isLstm = base.opType === 'LSTM' && extras;
        const { params, byPart, byGate, byLayer } = recurrentParameters({
          ...base,
          peepholes: isLstm,
          projection: isLstm ? 1 : undefined,
        });
        const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);
        expect(sum(Object.values<number>({ ...byPart }))).toBe(params);
        expect(sum(byLayer.map((layer) => layer.params))).toBe(params);
        expect(sum(byGate.map((gate) => gate.params)) + byPart.projection).toBe(params);
      }),
    );
  });
});

describe('what is no layer is refused', () => {
  const layer = { opType: 'LSTM', inputSize: 3, hiddenSize: 2 } as const;
  test.each([
    ['a fraction', { ...layer, hiddenSize: 2.5 }, 'hiddenSize'],
    ['a negative size', { ...layer, inputSize: -3 }, 'inputSize'],
    ['zero', { ...layer, hiddenSize: 0 }, 'hiddenSize'],
    ['not a number', { ...layer, inputSize: NaN }, 'inputSize'],
    ['no layers', { ...layer, layers: 0 }, 'layers'],
    ['peepholes of a GRU', { ...layer, opType: 'GRU' as const, peepholes: true }, 'peepholes'],
    ['a projection of an RNN', { ...layer, opType: 'RNN' as const, projection: 1 }, 'projection'],
    ['a projection that does not shrink', { ...layer, projection: 2 }, 'projection'],
  ])('%s', (_, stack, field) => {
    const refusal = expect.objectContaining({ code: 'INPUT_INVALID', field: [field] }) as WeighbridgeError;
    expect(() => recurrentParameters(stack)).toThrow(refusal);
  });

  test('a result over 2^53−1, while the largest below it is exact', () => {
    // An RNN without bias has nm + n²; with m = 2^53 − 2 and n = 1 that is 2^53 − 1.
    const fits = { opType: 'RNN', inputSize: 2 ** 53 - 2, hiddenSize: 1, bias: 'NONE' } as const;
    expect(recurrentParameters(fits).params).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => recurrentParameters({ ...fits, inputSize: 2 ** 53 - 1 })).toThrow(WeighbridgeError);
    const node = { inputSize: 2 ** 53 - 1, hiddenSize: 1, numDirections: 1, peepholes: false };
    expect(operatorFormula('RNN', node)).toBeNull();
  });
});

/** Reads a formula as people write it: `2n` and `n·m` are products, `n²` a square. */
function valueOf(words: string, letters: Record<string, number>): number {
  const tokens = words.match(/\d+|[A-Za-z]|[²+()]/g) ?? [];
  let at = 0;
  const value = sum();
  if (at !== tokens.length) throw new Error(`cannot read ${words} from ${tokens[at]}`);
  return value;

  function sum(): number {
    let total = product();
    while (tokens[at] === '+') {
      at += 1;
      total += product();
    }
    return total;
  }

  function product(): number {
    let total = 1;
    while (at < tokens.length && tokens[at] !== '+' && tokens[at] !== ')') total *= factor();
    return total;
  }

  function factor(): number {
    const token = tokens[at]!;
    at += 1;
    if (token === '(') {
      const inner = sum();
      at += 1;
      return inner;
    }
    const size = /\d/.test(token) ? Number(token) : letters[token];
    if (size === undefined) throw new Error(`no size is named ${token} in ${words}`);
    if (tokens[at] !== '²') return size;
    at += 1;
    return size ** 2;
  }
}
