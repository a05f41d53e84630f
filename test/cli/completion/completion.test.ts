// weighbridge completion: what shells offer when Tab is pressed. Real bash, and zsh and fish where they are.
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { publishSample } from '../../support/catalog.js';
import { CLI_COMMAND, runCli } from '../../support/cli.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let folder: string;
let server: TestServer;
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-completion-'));
  const command = CLI_COMMAND.map((word) => `'${word}'`).join(' ');
  writeFileSync(path.join(folder, 'weighbridge'), `#!/bin/sh\nexec ${command} "$@"\n`);
  chmodSync(path.join(folder, 'weighbridge'), 0o755);
  writeFileSync(path.join(folder, 'spoken.onnx'), '');
  server = await startTestServer();
  await publishSample(server.needs, server.admin, 'speech', { aliases: ['production'] });
  await publishSample(server.needs, server.admin, 'speech-de');
});
afterAll(async () => {
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

const env = () => ({ WEIGHBRIDGE_URL: server.url, WEIGHBRIDGE_TOKEN: server.adminToken });

/** The words that the last of these may become, or what the shell prints in their place. */
const CASES: [typed: string, offered: string[]][] = [
  ['weighbridge al', ['alias']],
  ['weighbridge budget d', ['delete']],
  ['weighbridge inspect --req', ['--require-match']],
  ['weighbridge diff a.onnx b.onnx --output ', ['json', 'table']],
  ['weighbridge audit --fail-on ANY NON', ['NONE']],
  ['weighbridge models show speech', ['speech', 'speech-de']],
  ['weighbridge completion z', ['zsh']],
  ['weighbridge budget set speech --metric MODEL_PARAMS_', ['MODEL_PARAMS_EFFECTIVE']],
  ['weighbridge budget set speech --metric model-params-', ['model-params-effective']],
  ['weighbridge trail list --model speech-', ['speech-de']],
  // What is typed is never run, nor anything offered for it.
  ['weighbridge models show $(touch${IFS}run)', []],
];

describe('weighbridge complete', () => {
  it('offers commands, options, choices, models and aliases, and nothing where a file may be meant', async () => {
    const offered = async (...words: string[]) => {
      const { code, stdout, stderr } = await runCli(['complete', '--', ...words], { env: env() });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      return stdout.split('\n').slice(0, -1);
    };
    expect(await offered('trail', '')).toEqual([
      'list\tList events, newest first.',
      'verify\tCheck that no event of the trail was changed, removed or added.',
      'anchor\tPrint the last hash of every chain of events, to keep elsewhere.',
    ]);
    const commands = (await offered('')).map((line) => line.split('\t')[0]);
    expect(commands).toEqual(expect.arrayContaining(['inspect', 'completion']));
    expect(commands).not.toContain('complete');
    expect(await offered('pull', 'speech@')).toEqual(['speech@production\t']);
    expect(await offered('budget', 'set', 'speech', '--level=w')).toEqual(['--level=warn\t']);
    for (const words of [
      ['diff', 'speech'],
      ['diff', 'a.onnx', 'speech'],
      ['check', 'speech'],
      ['check', 'a.onnx', '--base', 'speech'],
    ])
      expect([words, await offered(...words)]).toEqual([words, ['speech\t', 'speech-de\t', ':files\t']]);
    expect(await offered('check', 'a.onnx', '--base=speech@')).toEqual(['--base=speech@production\t']);
    expect(await offered('check', 'speech', '')).toEqual([]);
    for (const words of [
      ['inspect', ''],
      ['push', 'speech', ''],
      ['budget', 'set', 'x', '--reason', ''],
      ['bogus', ''],
    ])
      expect(await offered(...words)).toEqual([]);
  });

  it('offers no names, and says nothing, where no registry answers', async () => {
    const { code, stdout, stderr } = await runCli(['complete', '--', 'models', 'show', ''], {
      env: { WEIGHBRIDGE_URL: 'http://127.0.0.1:9' },
    });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('offers no name that no registry takes: a shell would insert it as it is', async () => {
    const names = ['speech', '$(touch run)', 'a;b', 'Speech/de', 'speech/versions', '-x'];
    const registry = http.createServer((request, response) => {
      request.resume().on('end', () => {
        const nodes = [...names, 'released'].map((name) => ({ name }));
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ data: { models: { nodes }, model: { aliases: { nodes } } } }));
      });
    });
    await once(registry.listen(0, '127.0.0.1'), 'listening');
    try {
      const { port } = registry.address() as AddressInfo;
      const offered = async (word: string) => {
        const hostile = { WEIGHBRIDGE_URL: `http://127.0.0.1:${port}`, WEIGHBRIDGE_TOKEN: 'token' };
        const { stdout } = await runCli(['complete', '--', 'pull', word], { env: hostile });
        return stdout.split('\t\n').slice(0, -1);
      };
      expect(await offered('')).toEqual(['speech', 'Speech/de', 'released']);
      expect(await offered('speech@')).toEqual(['speech@speech', 'speech@released']);
    } finally {
      registry.close();
    }
  });

  it('has a script for three shells', async () => {
    expect(await runCli(['completion', 'tcsh'])).toMatchObject({ code: 2, stdout: '' });
  });
});

const BASH = `
eval "$(weighbridge completion bash)"
for COMP_LINE in "$@"; do
  COMP_POINT=\${#COMP_LINE}
  _weighbridge weighbridge
  echo "\${COMPREPLY[*]}"
done
`;
/** zsh completes only at a terminal: what its own functions would be given is printed. */
const ZSH = `
compdef() { : }
_describe() { offered=(\${\${(P)3}%%:*}) }
_files() { : }
eval "$(weighbridge completion zsh)"
for line in "$@"; do
  words=(\${=line}); [[ $line == *' ' ]] && words+=('')
  CURRENT=$#words; PREFIX=$words[CURRENT]; offered=()
  _weighbridge
  print -r -- $offered
done
`;
const FISH = `
weighbridge completion fish | source
for line in $argv
  echo (complete -C "$line" | string replace -r '\\t.*' '')
end
`;

describe.each([
  ['bash', ['--norc', '-c', BASH, 'bash']],
  ['zsh', ['-f', '-c', ZSH, 'zsh']],
  ['fish', ['--no-config', '-c', FISH]],
])('%s', (shell, args) => {
  const isThere = spawnSync(shell, ['--version']).status === 0;
  if (!isThere)
    process.stdout.write(`completion is not tested in ${shell}: it is not installed (apt-get install ${shell})\n`);

  (isThere ? it : it.skip)(
    'offers what weighbridge says, and runs nothing that is typed',
    async () => {
      // fish itself expands what it completes.
      const cases = shell === 'fish' ? CASES.slice(0, -1) : CASES;
      const more: typeof CASES =
        shell === 'bash'
          ? [['weighbridge pull speech@p', ['production']]]
          : [['weighbridge pull speech@p', ['speech@production']]];
      // Names and files: zsh's own function offers the latter.
      const both = ['speech', 'speech-de', ...(shell === 'zsh' ? [] : ['spoken.onnx'])];
      const all: typeof CASES = [
        ...cases,
        ...more,
        ['weighbridge diff sp', both],
        ['weighbridge check x --base sp', both],
      ];
      const { stdout, stderr } = await promisify(execFile)(shell, [...args, ...all.map(([typed]) => typed)], {
        cwd: folder,
        env: {
          ...env(),
          PATH: `${folder}${path.delimiter}${process.env['PATH'] ?? ''}`,
          HOME: folder,
          TERM: 'dumb',
          XDG_CONFIG_HOME: folder,
        },
      });
      expect(stderr).toBe('');
      const offered = stdout.split('\n').slice(0, -1);
      expect(
        offered.map((line, at) => [
          all[at]?.[0],
          line
            .split(' ')
            .filter((word) => word !== '')
            .sort(),
        ]),
      ).toEqual(all);
      expect(spawnSync('ls', [folder], { encoding: 'utf8' }).stdout).not.toMatch(/^run$/m);
    },
    300_000,
  );
});
