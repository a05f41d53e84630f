/** Holds the documentation to the repository: links, anchors, named files, settings, limits. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { OPERATION_MILLISECONDS } from '../src/api/deadline.js';
import { QUERY_LIMITS } from '../src/api/limits.js';
import { CLIENT_SETTINGS, SETTINGS } from '../src/config.js';
import { BIAS_CONVENTIONS, VERDICTS } from '../src/core/inspection.js';
import { ELEMENT_CLASSES, CLASS_REASONS } from '../src/core/stored-tensors.js';
import { SCOPES } from '../src/core/principal.js';
import { HTTP_LIMITS } from '../src/http/limits.js';
import { COMPARING_LIMITS } from '../src/registry/comparison/comparing-thread.js';
import { WORKER_LIMITS } from '../src/onnx/analyse-skeleton.js';
import * as GRAPH from '../src/onnx/graph/graph.js';
import * as SKELETON from '../src/onnx/read/skeleton.js';
import * as WIRE from '../src/onnx/read/wire.js';
import * as RESUMABLE from '../src/registry/artifacts/resumable-uploads.js';
import * as DETAILS from '../src/registry/rows/details.js';
import { FILTER_LIMITS } from '../src/registry/rows/filters.js';
import { PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX } from '../src/registry/rows/pages.js';
import * as TOKENS from '../src/registry/access/tokens.js';
import { documentedTable, DOCUMENTS_RUN, fencedBlocks, ROOT } from './support/documents.js';

const files = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.split(path.sep).join('/')}`),
  'python/README.md',
].sort();
const texts = new Map(files.map((file) => [file, readFileSync(path.join(ROOT, file), 'utf8')]));

/** The text without fenced blocks, which hold examples, not links. */
function prose(file: string): string {
  return (texts.get(file) ?? '').replace(/^```[^]*?^```$/gm, '').replace(/<!--[^]*?-->/g, '');
}

/** As GitHub makes them: lower case, spaces to dashes, no punctuation, a number for a repeated one. */
function anchors(file: string): Set<string> {
  const seen = new Map<string, number>();
  const headings = [...prose(file).matchAll(/^#{1,6} +(.+?) *#*$/gm)].map(([, text = '']) =>
    text
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
  return new Set(
    headings.map((anchor) => {
      const count = seen.get(anchor) ?? 0;
      seen.set(anchor, count + 1);
      return count === 0 ? anchor : `${anchor}-${count}`;
    }),
  );
}

interface Link {
  file: string;
  target: string;
}

const links = files.flatMap((file): Link[] =>
  [
    ...prose(file)
      .replace(/`[^`\n]*`/g, '')
      .matchAll(/\]\(([^)\s]+)\)/g),
  ]
    .map(([, target = '']) => ({ file, target }))
    .filter(({ target }) => !/^[a-z]+:/i.test(target)),
);

function problemOf({ file, target }: Link): string | null {
  const [name = '', anchor] = target.split('#');
  const where = name === '' ? file : path.posix.normalize(path.posix.join(path.posix.dirname(file), name));
  if (!existsSync(path.join(ROOT, where))) return `${file}: ${target} is not there`;
  if (anchor === undefined) return null;
  if (!texts.has(where)) return `${file}: ${target} points into a file that is no document`;
  return anchors(where).has(anchor) ? null : `${file}: ${target} names no heading`;
}

/** Looks like a path of this repository: begins with one of its folders. Patterns and places to fill in are no paths. */
const TOP_FOLDERS = [
  'src',
  'test',
  'docs',
  'scripts',
  'prisma',
  'bench',
  'census',
  'exam',
  'fixtures',
  'fuzz',
  'python',
  '.ci',
];
const MADE_FILES = ['src/database/generated'];

function namedPaths(file: string): string[] {
  return [...prose(file).matchAll(/`([^`\s]+)`/g)]
    .map(([, text = '']) => text)
    .filter((text) => TOP_FOLDERS.some((folder) => text.startsWith(`${folder}/`)) && !/[<>{}*…|]/.test(text))
    .map((text) => text.replace(/[:#].*$/, '').replace(/\/$/, ''));
}

const shellOf = (file: string) => fencedBlocks(file).flatMap(({ info, text }) => (/^sh\b/.test(info) ? text : []));

describe('the documents', () => {
  it('link to files and headings that are there', () => {
    expect(links.map(problemOf).filter((problem) => problem !== null)).toEqual([]);
    expect(links.length).toBeGreaterThan(30);
  });

  it('are all reached from the README', () => {
    const reached = new Set(['README.md']);
    for (const file of reached) {
      for (const link of links.filter((one) => one.file === file)) {
        const target = path.posix.normalize(path.posix.join(path.posix.dirname(file), link.target.replace(/#.*/, '')));
        const folder = existsSync(path.join(ROOT, target)) && statSync(path.join(ROOT, target)).isDirectory();
        reached.add(folder ? `${target}/README.md` : target);
      }
    }
    expect(files.filter((file) => !reached.has(file))).toEqual([]);
  });

  it.each(files)('%s names only files that are there', (file) => {
    const gone = namedPaths(file).filter((name) => !MADE_FILES.includes(name) && !existsSync(path.join(ROOT, name)));
    expect(gone).toEqual([]);
  });

  it('name files at all, so that the test above looks at something', () => {
    expect(namedPaths('CONTRIBUTING.md').length).toBeGreaterThan(20);
  });

  it.each(files.filter((file) => shellOf(file).length > 0))('%s gives shell that a shell can read', (file) => {
    const faults = shellOf(file).map((text) => spawnSync('sh', ['-n'], { input: text }).stderr.toString());
    expect(faults.filter((fault) => fault !== '')).toEqual([]);
  });

  it.each(files)('%s has no command that is neither run by a test nor marked', (file) => {
    const isMarked = (info: string) => {
      const [, runner] = /^sh run by (\S+)$/.exec(info) ?? [];
      if (runner === undefined) return info === 'sh not run' || (info === 'sh' && DOCUMENTS_RUN.includes(file));
      return runner === '.ci/run' || readFileSync(path.join(ROOT, runner), 'utf8').includes(`'${file}'`);
    };
    const unmarked = fencedBlocks(file).filter(
      ({ info }) => /^(sh|bash|shell|console)\b/.test(info) && !isMarked(info),
    );
    expect(unmarked).toEqual([]);
  });

  it.each(files)('%s has only tables with a head', (file) => {
    const lines = prose(file).split('\n');
    const isRow = (line: string | undefined) => line?.startsWith('|') === true;
    const isHead = (index: number) => /^\|[\s:|-]+\|$/.test(lines[index + 1] ?? '');
    expect(lines.filter((line, index) => isRow(line) && !isRow(lines[index - 1]) && !isHead(index))).toEqual([]);
  });

  it('have marked as run by .ci/run only what it runs', () => {
    const ci = readFileSync(path.join(ROOT, '.ci/run'), 'utf8');
    const marked = files.flatMap((file) => fencedBlocks(file).filter(({ info }) => info === 'sh run by .ci/run'));
    const commands = marked.flatMap(({ text }) => text.trim().split(/\s*(?:&&|\n)\s*/));
    expect(commands).toContain('npm run demo');
    const missing = commands.filter(
      (command) => !new RegExp(`\\b${command.replace('npm run ', 'npm run (--silent )?')}\\b`).test(ci),
    );
    expect(missing).toEqual([]);
  });

  it.each(files)('%s names only npm scripts that there are', (file) => {
    const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = [...(texts.get(file) ?? '').matchAll(/\bnpm run (?:-\S+ )*([a-z][a-z-]*)/g)].map(([, name]) => name);
    expect(named.filter((name) => !Object.hasOwn(scripts, name ?? ''))).toEqual([]);
  });
});

describe('docs/operating.md', () => {
  it('has the table of settings that src/config.ts has', () => {
    const rows = documentedTable('docs/operating.md', 'Settings').map((cells) =>
      cells.map((cell) => cell.replaceAll('`', '')),
    );
    const wanted = Object.entries({ ...SETTINGS, ...CLIENT_SETTINGS }).map(([name, setting]) => [
      name,
      setting.environment,
      setting.default ?? 'none',
      setting.accepts,
      setting.description,
    ]);
    expect(rows).toEqual(wanted);
  });

  it('explains every scope', () => {
    expect(choices('docs/operating.md', 'Tokens and scopes')).toEqual([...SCOPES]);
  });

  it('has the limits of the program', () => {
    const constants: Record<string, unknown> = {
      HTTP_LIMITS,
      QUERY_LIMITS,
      FILTER_LIMITS,
      DETAILS,
      RESUMABLE,
      GRAPH,
      SKELETON,
      WIRE,
      TOKENS,
      WORKER_LIMITS,
      COMPARING_LIMITS,
      OPERATION_MILLISECONDS,
      PAGE_SIZE_MAX,
      PAGE_SIZE_DEFAULT,
    };
    const rows = documentedTable('docs/operating.md', 'Limits');
    expect(rows.length).toBeGreaterThan(30);
    for (const [limit = '', value = '', constant = ''] of rows) {
      const [name = '', part] = constant.replaceAll('`', '').split('.');
      const found = part === undefined ? constants[name] : (constants[name] as Record<string, unknown>)[part];
      expect([limit, numberOf(value)]).toEqual([limit, found]);
    }
  });
});

describe('docs/counting.md', () => {
  it.each([
    ['Bias convention', BIAS_CONVENTIONS],
    ['Verdicts', VERDICTS],
    ['Element classes', ELEMENT_CLASSES],
    ['Single tensors', CLASS_REASONS],
  ])('explains every value under %s, and no other', (heading, values) => {
    expect(choices('docs/counting.md', heading).sort()).toEqual([...values].sort());
  });
});

describe('docs/architecture.md', () => {
  it('has a row for everything at the top of src', () => {
    const tops = readdirSync(path.join(ROOT, 'src')).map((name) => `src/${name}`);
    expect(choices('docs/architecture.md', 'The folders').sort()).toEqual(tops.sort());
  });
});

describe('docs/adr', () => {
  it('numbers its pages without gaps, lists them all, and gives each the same parts', () => {
    const pages = readdirSync(path.join(ROOT, 'docs/adr'))
      .filter((name) => /^\d/.test(name))
      .sort();
    expect(pages.map((name) => Number(name.slice(0, 4)))).toEqual(pages.map((_, index) => index + 1));
    for (const page of pages) {
      expect(texts.get('docs/adr/README.md')).toContain(`](${page})`);
      const text = prose(`docs/adr/${page}`);
      expect(text).toMatch(new RegExp(`^# ${page.slice(0, 4)}\\. `));
      const parts = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
      expect({ page, parts }).toEqual({ page, parts: ['Context', 'Decision', 'Before and after', 'Consequences'] });
    }
  });
});

/** First column of the tables under a heading. */
function choices(file: string, heading: string): string[] {
  return documentedTable(file, heading).map(([cell = '']) => cell.replaceAll('`', ''));
}

/** `16 KiB`, `24 h`, `1,000`: bytes, milliseconds, a count. */
function numberOf(text: string): number {
  const [, figure = '', unit = ''] = /^([\d,]+)(?: (\S+))?$/.exec(text) ?? [];
  const factors: Record<string, number> = { '': 1, s: 1_000, h: 3_600_000, KiB: 1_024, MiB: 2 ** 20 };
  return Number(figure.replaceAll(',', '')) * (factors[unit] ?? NaN);
}
