// Makes docs/img/comment.png: the comment that `weighbridge check` writes of three real models in a repository, of which a branch replaces one and adds
// one. The Markdown is what the check prints, unchanged; how a host lays it out is imitated in a few rules here.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { marked } from 'marked';
import { chromium } from 'playwright-core';
import { findBrowser, HOW_TO_GET_A_BROWSER } from './find-browser.mjs';

const SILERO = path.join(
  path.dirname(createRequire(import.meta.url).resolve('@ricky0123/vad-web/package.json')),
  'dist',
);
const PROGRAM = fileURLToPath(new URL('../dist/packages/weighbridge/dist/node/main.js', import.meta.url));
const PICTURE = fileURLToPath(new URL('../docs/img/comment.png', import.meta.url));
const BUDGETS = [
  {
    name: 'growth',
    metric: 'RECURRENT_PER_USE',
    maxIncreasePercent: 10,
    reason: 'The device has 4 MB for all models.',
    owner: 'speech',
  },
  { name: 'size', metric: 'MODEL_PARAMS', max: 500_000 },
];
const STYLE = `
  body { margin: 0; padding: 16px; width: 860px; background: #fff; color: #1f2328; font: 13px/1.45 system-ui, sans-serif; }
  article { border: 1px solid #d1d9e0; border-radius: 6px; overflow: hidden; }
  header { padding: 8px 16px; background: #f6f8fa; border-bottom: 1px solid #d1d9e0; color: #59636e; }
  header b { color: #1f2328; }
  main { padding: 0 16px; }
  h3, h4 { font-size: 14px; }
  code { padding: 2px 5px; border-radius: 6px; background: #eff1f3; font: 85% ui-monospace, monospace; }
  table { border-collapse: collapse; margin: 12px 0; }
  th, td { padding: 4px 10px; border: 1px solid #d1d9e0; text-align: left; }
`;

const browserPath = findBrowser();
if (!browserPath) {
  console.error(HOW_TO_GET_A_BROWSER);
  process.exit(2);
}
const folder = mkdtempSync(path.join(os.tmpdir(), 'weighbridge-picture-'));
try {
  const put = (from, name) => copyFileSync(path.join(SILERO, from), path.join(folder, 'models', name));
  const git = (...args) =>
    execFileSync(
      'git',
      ['-c', 'user.name=a', '-c', 'user.email=a@example.org', '-c', 'commit.gpgsign=false', ...args],
      {
        cwd: folder,
      },
    );
  mkdirSync(path.join(folder, 'models'));
  writeFileSync(path.join(folder, 'weighbridge.json'), JSON.stringify({ budgets: BUDGETS }));
  put('silero_vad_legacy.onnx', 'doorbell.onnx');
  put('silero_vad_v5.onnx', 'gate.onnx');
  git('init', '--quiet', '--initial-branch=main');
  git('add', '.');
  git('commit', '--quiet', '-m', 'main');
  put('silero_vad_v5.onnx', 'doorbell.onnx');
  put('silero_vad_legacy.onnx', 'intercom.onnx');
  const args = [PROGRAM, 'check', 'models/*.onnx', '--base', 'git:main', '--output', 'markdown'];
  const { stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  if (stdout === '') throw new Error('the check wrote no comment');
  const browser = await chromium.launch({ executablePath: browserPath });
  try {
    const page = await browser.newPage({ viewport: { width: 892, height: 400 } });
    const head = '<header><b>github-actions</b> commented</header>';
    await page.setContent(
      `<!doctype html><style>${STYLE}</style><article>${head}<main>${marked.parse(stdout)}</main></article>`,
    );
    await page.screenshot({ path: PICTURE, fullPage: true });
  } finally {
    await browser.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
