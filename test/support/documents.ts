// Reads the documentation for tests: tables and fenced blocks, by heading and language.
import { readFileSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.resolve('.');

/** The rows of all tables under a heading, up to the next heading of the same or a higher level; without their head. */
export function documentedTable(file: string, heading: string): string[][] {
  const lines = section(file, heading).split('\n');
  return lines
    .filter(
      (line, index) =>
        line.startsWith('|') && !/^\|[\s:|-]+\|$/.test(line) && !/^\|[\s:|-]+\|$/.test(lines[index + 1] ?? ''),
    )
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/**
 * The documents whose `sh` blocks a test runs, each in order (test/cli/documented-commands.test.ts). Blocks that it must leave out
 * are marked `sh not run`; those that are a step of `.ci/run` itself, `sh run by .ci/run`.
 */
export const DOCUMENTS_RUN = [
  'README.md',
  'docs/cli.md',
  'docs/counting.md',
  'docs/audit.md',
  'docs/comparison.md',
  'docs/ci.md',
  'docs/http.md',
  'docs/graphql.md',
  'docs/getting-started.md', // last: it sets a budget, which an audit of the others would tell
];

export interface Block {
  /** What stands behind the three backticks, such as `sh` or `json answer`. */
  info: string;
  text: string;
}

/** The fenced blocks of a document, or of the part under one heading, in order. */
export function fencedBlocks(file: string, heading?: string): Block[] {
  const text = heading === undefined ? read(file) : section(file, heading);
  return [...text.matchAll(/^ *```(\w[^\n]*)\n([^]*?)^ *```$/gm)].map(([, info = '', body = '']) => ({
    info,
    text: body,
  }));
}

/** From a heading to the next one of its level or above. */
export function section(file: string, heading: string): string {
  const lines = read(file).split('\n');
  const start = lines.findIndex(
    (line) => /^#+ /.test(line) && line.replace(/^#+ /, '').replaceAll('`', '') === heading,
  );
  if (start < 0) throw new Error(`${file} has no heading ${heading}`);
  const level = /^#+/.exec(lines[start] ?? '')?.[0].length ?? 0;
  let inFence = false;
  const end = lines.findIndex((line, index) => {
    if (line.startsWith('```')) inFence = !inFence;
    return index > start && !inFence && /^#+ /.test(line) && (/^#+/.exec(line)?.[0].length ?? 0) <= level;
  });
  return lines.slice(start, end < 0 ? undefined : end).join('\n');
}

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}
