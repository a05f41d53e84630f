import { runCli } from '../../support/cli.js';

const run = (...args: string[]) => runCli(['fit', ...args]);

describe('weighbridge fit', () => {
  it('prints the largest size, the next one and what that is over', async () => {
    const { code, stdout } = await run('--input', '25', '--max-params', '50000', '--bias', 'single');
    expect(code).toBe(0);
    // 4·(99·25 + 99² + 99) = 49,500; 300 pointwise products a hundred units.
    expect(stdout.split('\n')).toEqual([
      'A hidden size of 99 fits; 100 is 400 params over the 50,000 allowed.',
      '',
      '  n  params  bytes (fp32)  MACs a step',
      ' 99  49,500       198,000       49,797',
      '100  50,400       201,600       50,700',
      '',
    ]);
  });

  it('says whether a size fits, and by how much it does not', async () => {
    const budget = ['--input', '25', '--max-params', '50000', '--bias', 'single'];
    const fits = await run(...budget, '--hidden', '96');
    expect(fits.code).toBe(0);
    // 4·(96·25 + 96² + 96) = 46,848
    expect(fits.stdout).toMatch(/^A hidden size of 96 fits\.\nA hidden size of 99 fits; 100 is 400 params over/);
    expect(fits.stdout).toMatch(/^ 96 {2}46,848 /m);
    const over = await run(...budget, '--hidden', '110');
    expect(over.code).toBe(1);
    // 4·(110·25 + 110² + 110) = 59,840
    expect(over.stdout).toMatch(/^A hidden size of 110 does not fit: it is 9,840 params over the 50,000 allowed\.\n/);
  });

  it('gives the same as JSON', async () => {
    const { code, stdout } = await run(
      ...['--input', '25', '--bias', 'single', '--max-bytes', '25200', '--dtype', 'int4', '--json'],
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      largest: { hiddenSize: 100, params: 50_400, bytes: 25_200 },
      next: { hiddenSize: 101 },
      exceeded: [{ limit: 'BYTES', allowed: 25_200 }],
      dtype: 'INT4',
    });
  });

  it('exits with 1 when nothing fits, and says by how much the smallest is over', async () => {
    const { code, stdout } = await run('--op', 'RNN', '--input', '3', '--max-params', '0');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Nothing fits: a hidden size of 1 is 6 params over the 0 allowed\.\n/);
  });

  it.each([
    [['--input', '3'], /at least one: --max-params.*\(INPUT_INVALID\)/],
    [['--input', '3', '--max-params', '-1'], /whole number/],
    [['--input', '3', '--max-params', '5', '--op', 'GRU', '--peepholes'], /only an LSTM has peepholes/],
    [['--max-params', '5'], /--input/],
  ])('refuses %j with 2', async (args, reason) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(reason);
  });
});
