import { runCli } from '../support/cli.js';

const COMMANDS = [
  ['inspect'],
  ['diff'],
  ['check'],
  ['formula'],
  ['fit'],
  ['serve'],
  ['push'],
  ['pull'],
  ['models'],
  ['models', 'list'],
  ['models', 'show'],
  ['models', 'create'],
  ['models', 'delete'],
  ['tag'],
  ['versions'],
  ['versions', 'list'],
  ['versions', 'show'],
  ['versions', 'withdraw'],
  ['versions', 'restore'],
  ['alias'],
  ['alias', 'list'],
  ['alias', 'set'],
  ['alias', 'protect'],
  ['budget'],
  ['budget', 'list'],
  ['budget', 'set'],
  ['budget', 'delete'],
  ['checks'],
  ['checks', 'list'],
  ['checks', 'show'],
  ['approve'],
  ['login'],
  ['logout'],
  ['whoami'],
  ['open'],
  ['query'],
  ['reinspect'],
  ['fsck'],
  ['token'],
  ['token', 'create'],
  ['token', 'list'],
  ['token', 'revoke'],
  ['audit'],
  ['trail'],
  ['trail', 'list'],
  ['trail', 'verify'],
];

describe('the command line', () => {
  it.each(COMMANDS)('explains %s %s with an example', async (...words) => {
    const args = words.filter((word) => typeof word === 'string');
    const { code, stdout, stderr } = await runCli([...args, '--help']);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: weighbridge ${args.join(' ')}`);
    expect(stdout).toMatch(/Examples?:\n {2}\$ /);
  });

  it('lists its commands and exit codes, on request with 0 and without a command with 2', async () => {
    const [asked, unasked] = await Promise.all([runCli(['--help']), runCli([])]);
    expect(asked.code).toBe(0);
    for (const [name = ''] of COMMANDS) expect(asked.stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    expect(asked.stdout).toContain('Exit codes:');
    expect(unasked).toMatchObject({ code: 2, stdout: '', stderr: asked.stdout });
  });

  it('says its version', async () => {
    const { code, stdout } = await runCli(['--version']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    [['bogus'], /unknown command 'bogus'/],
    [['inspekt', 'x'], /Did you mean inspect\?/],
    [['inspect'], /missing required argument 'file'/],
    [['inspect', '--bogus', 'x'], /unknown option '--bogus'/],
    [['formula', '--input', '25'], /required option '--hidden <n>' not specified/],
    [['formula', '--input', 'x', '--hidden', '1'], /whole number/],
    [['query', 'x', '--variables', '[1]'], /JSON object/],
    [['token', 'create', 'x', '--scope', 'everything'], /Allowed choices are read, publish, approve, admin/],
  ])('answers the wrong usage %j with 2 and a reason', async (args, reason) => {
    const { code, stdout, stderr } = await runCli(args);
    expect(stderr).toMatch(reason);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it('prints nothing from its arguments that a terminal would act on', async () => {
    const results = await Promise.all([
      runCli(['\u001b[2Jbogus']),
      runCli(['inspect', '--\u009b31m', 'x']),
      runCli(['inspect', 'no\u001b[31m\u202efile']),
    ]);
    for (const { code, stdout, stderr } of results) {
      expect(code).toBe(2);
      expect(stdout + stderr).toMatch(/^[\x20-\x7e\n]+$/);
    }
  });
});
