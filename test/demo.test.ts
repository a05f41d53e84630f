/** Runs the demo as it is built, and holds what the README shows of it to what it prints. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fencedBlocks } from './support/documents.js';

let printed = '';
let page = '';

beforeAll(async () => {
  const child = spawn(process.execPath, ['scripts/demo.mjs'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
    const [link] = /^ {2}http\S+\/sign-in#\S+\n$/m.exec(printed) ?? [];
    if (link === undefined || page !== '') return;
    page = 'asked for';
    void fetch(link.trim(), { headers: { accept: 'text/html' } })
      .then(async (answer) => (page = await answer.text()))
      .finally(() => child.kill('SIGINT'));
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect({ code, complaints }).toEqual({ code: 0, complaints: '' });
}, 120_000);

it('prints the lines that the README shows, in their order', () => {
  const [block] = fencedBlocks('README.md', 'See it').filter(({ info }) => info === 'text demo');
  const lines = block?.text.split('\n').filter((line) => line !== '' && line !== '…') ?? [];
  expect(lines.length).toBeGreaterThan(20);
  const actual = printed.split('\n');
  let from = 0;
  for (const line of lines) {
    const fits = (one: string) => (line.endsWith(' …') ? one.startsWith(line.slice(0, -1)) : one === line);
    const at = actual.findIndex((one, index) => index >= from && fits(one));
    expect({ line, printed: at >= 0 }).toEqual({ line, printed: true });
    from = at + 1;
  }
});

it('ends with the address of its pages, which answers', () => {
  expect(printed).toMatch(/\n {2}http:\/\/127\.0\.0\.1:\d+\/sign-in#\S+\n\nStopping …\n$/);
  expect(page).toMatch(/<div id="root">/);
});

it('leaves nothing behind', () => {
  const [, folder = ''] = /cat '([^']+)\/admin-token'/.exec(printed) ?? [];
  expect(folder).toMatch(/weighbridge-demo-/);
  expect(existsSync(folder)).toBe(false);
});
