import stringWidth from 'string-width';
import { runCli } from '../support/cli.js';

interface Explained {
  words: string[];
  help: string;
}

/** The command and all below it, as their help lists them. */
async function explanations(words: readonly string[] = []): Promise<Explained[]> {
  const { code, stdout, stderr } = await runCli([...words, '--help']);
  expect({ words, code, stderr }).toEqual({ words, code: 0, stderr: '' });
  const listed = /^Commands:\n((?: {2}.*\n)*)/m.exec(stdout)?.[1] ?? '';
  const names = [...listed.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help');
  const below: Explained[] = [];
  // A few at once: each is a process.
  for (let at = 0; at < names.length; at += 4)
    below.push(...(await Promise.all(names.slice(at, at + 4).map((name) => explanations([...words, name])))).flat());
  return [{ words: [...words], help: stdout }, ...below];
}

let explained: Explained[] = [];
beforeAll(async () => {
  explained = await explanations();
}, 300_000);

const COLUMNS = 80;

describe('the command line', () => {
  it('explains every command: usage, what it does, an example, then options, in 80 columns and in words', () => {
    expect(explained.length).toBeGreaterThan(45);
    const faults = explained.flatMap(({ words, help }) => {
      const name = ['weighbridge', ...words].join(' ');
      const [usage = '', description = '', examples = '', options = ''] = help.split('\n\n');
      return [
        ...(usage.startsWith(`Usage: ${name}`) ? [] : [`${name}: no usage`]),
        ...(/^[A-Z][^]*\.$/.test(description) ? [] : [`${name}: described as ${description}`]),
        ...(/^Examples?:\n( {2}\$ .*weighbridge.*(\n|$))+$/.test(examples) ? [] : [`${name}: examples are not third`]),
        ...(/^(Arguments|Options|Commands):/.test(options) ? [] : [`${name}: arguments and options are not fourth`]),
        ...help
          .split('\n')
          .filter((line) => stringWidth(line) > COLUMNS)
          .map((line) => `${name}: too wide: ${line}`),
        ...(help.match(/\(default: [[{].*/g) ?? []).map((text) => `${name}: not in words: ${text}`),
      ];
    });
    expect(faults).toEqual([]);
  });

  it('lists its commands and exit codes, on request with 0 and without a command with 2', async () => {
    const [asked, unasked] = await Promise.all([runCli(['--help']), runCli([])]);
    expect(asked.code).toBe(0);
    for (const name of ['inspect', 'serve', 'trail']) expect(asked.stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
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
    [['inspekt', '--help'], /^error: unknown command 'inspekt' \(INPUT_INVALID\)\n\(Did you mean inspect\?\)\n$/],
    [['help', 'inspekt'], /Did you mean inspect\?/],
    [['models', 'lst', '-h'], /unknown command 'lst'.*\n\(Did you mean list\?\)/],
    [['help', 'models', 'lst'], /Did you mean list\?/],
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
