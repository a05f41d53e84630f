import { runCli } from '../../support/cli.js';

const run = (...args: string[]) => runCli(['formula', ...args]);

describe('weighbridge formula', () => {
  it.each([
    ['none', 50_000],
    ['single', 50_400],
    ['double', 50_800],
  ])('counts an LSTM of (25, 100) with bias %s as %p', async (bias, params) => {
    const { code, stdout } = await run('--input', '25', '--hidden', '100', '--bias', bias, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ params });
  });

  it('prints params, parts, gates and layers for people', async () => {
    const { code, stdout } = await run(
      '--input',
      '25',
      '--hidden',
      '100',
      '--layers',
      '2',
      '--bidirectional',
      '--bias',
      'single',
    );
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      '341,600 params',
      '',
      'bias     params  counted so by',
      'none    340,000  layers without a bias',
      'single  341,600  Keras, TensorFlow',
      'double  343,200  PyTorch, cuDNN, ONNX',
      '',
      'by part: input 180,000, recurrent 160,000, bias 1,600',
      'by gate: i 85,400, o 85,400, f 85,400, c 85,400',
      '',
      'layer    m    n  D   params',
      '    1   25  100  2  100,800',
      '    2  200  100  2  240,800',
      '',
    ]);
  });

  it('answers with all three conventions and who counts so, whichever is asked for', async () => {
    for (const bias of [[], ['--bias', 'single']]) {
      const { stdout } = await run('--input', '25', '--hidden', '100', ...bias);
      expect(stdout).toMatch(/^none +50,000 +.*\nsingle +50,400 +Keras, TensorFlow\ndouble +50,800 +PyTorch, .*ONNX$/m);
      const json = await run('--input', '25', '--hidden', '100', '--json', ...bias);
      expect(JSON.parse(json.stdout)).toMatchObject({
        conventions: [
          { convention: 'NONE', params: 50_000 },
          { convention: 'SINGLE', params: 50_400, countedBy: 'Keras, TensorFlow' },
          { convention: 'DOUBLE', params: 50_800 },
        ],
      });
    }
  });

  it('tells the time of training at a rate, and memory with activations', async () => {
    const sizes = ['--input', '25', '--hidden', '100', '--batch', '4', '--time-steps', '20'];
    const { stdout } = await run(...sizes, '--flops', '1e6');
    // 6 · 51,100 · 1,000 · 20 operations; 16 bytes a param and 600 values a step.
    expect(stdout).toContain('\n  training time at 1,000,000 FLOP/s: 6,132 seconds\n');
    expect(stdout).toContain('\n  with activations, batch 4, 20 steps: 1,004,800 bytes\n');
    expect((await run(...sizes)).stdout).not.toContain('training time');
    expect((await run(...sizes, '--flops', '1e99')).code).toBe(2);
  });

  it('counts peepholes and a projection', async () => {
    const { stdout } = await run('--input', '3', '--hidden', '2', '--peepholes', '--projection', '1', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ params: 56, byPart: { peephole: 6, projection: 2 } });
  });

  it('estimates when it is asked to, or told what for', async () => {
    const sizes = ['--input', '25', '--hidden', '100', '--json'];
    const asked = [['--estimates'], ['--dtype', 'fp16', '--time-steps', '20'], []];
    const results = await Promise.all(
      asked.map(async (args) => JSON.parse((await run(...sizes, ...args)).stdout) as object),
    );
    expect(results).toMatchObject([
      {
        params: 50_800,
        estimates: {
          question: { dtype: 'FP32', optimizer: 'ADAM', examples: 1_000, timeSteps: 100, epochs: 1 },
          trainingMemory: { value: 812_800 },
          macsPerStep: { value: 51_100, inputs: [{ name: 'input' }, { name: 'recurrent', value: 40_000 }, {}, {}, {}] },
        },
      },
      { estimates: { question: { dtype: 'FP16', timeSteps: 20 }, trainingMemory: { value: 406_400 } } },
      { params: 50_800 },
    ]);
    expect(results[2]).not.toHaveProperty('estimates');
  });

  it('prints estimates for people, each with its rule and assumption, in 80 columns', async () => {
    const { code, stdout } = await run('--input', '25', '--hidden', '100', '--estimates', '--examples', '5');
    expect(code).toBe(0);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).toContain('Estimates for 50,800 params (fp32, adam, 5 examples × 100 steps × 1 epoch)\n');
    expect(stdout).toContain(
      '\n  training examples: 10,160 to 508,000 (sequences of 100 time steps)\n    TWENTY_TOKENS_PER_PARAM 10,160: ',
    );
    expect(stdout).toContain('\n  state: 800 bytes\n    elements × bits / 8; h of each');
  });

  it.each([
    ['--dtype', 'fp8'],
    ['--optimizer', 'lion'],
    ['--examples', '0'],
    ['--epochs', '1.5'],
  ])('refuses %s %s with 2', async (option, value) => {
    const { code, stdout } = await run('--input', '1', '--hidden', '1', option, value);
    expect([code, stdout]).toEqual([2, '']);
  });

  it.each([
    [['--input', '1', '--hidden', '1', '--op', 'GRU', '--peepholes'], /only an LSTM has peepholes/],
    [['--input', '3', '--hidden', '2', '--projection', '2'], /smaller than the hidden size/],
    [['--input', '90000000', '--hidden', '90000000'], /2\^53/],
    [['--input', '3', '--hidden', 'abc'], /'abc' is invalid/],
  ])('refuses %j with 2', async (args, reason) => {
    const { code, stdout, stderr } = await run(...args);
    expect(stderr).toMatch(reason);
    expect(stderr).toMatch(/\(INPUT_INVALID\)\n$/);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});
