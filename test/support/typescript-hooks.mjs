// Module hooks behind typescript.mjs: './x.js' is './x.ts' where there is no such JavaScript, and .ts goes through swc. What swc made is
// kept by the digest of its source: tests start hundreds of such processes, and each would compile the same files.
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform, version } from '@swc/core';

const CACHE = new URL('../../node_modules/.cache/typescript-hooks/', import.meta.url);
const SETTINGS = await readFile(new URL('../../.swcrc', import.meta.url), 'utf8');

export async function resolve(specifier, context, next) {
  if (/^\.{0,2}\/.*\.js$/.test(specifier)) {
    const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
    const exists = await access(source).then(
      () => true,
      () => false,
    );
    if (exists) return next(source.href, context);
  }
  return next(specifier, context);
}

export async function load(url, context, next) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context);
  const filename = fileURLToPath(url);
  const text = await readFile(filename, 'utf8');
  const digest = createHash('sha256').update([version, SETTINGS, filename, text].join('\n')).digest('hex');
  const kept = new URL(`${digest}.js`, CACHE);
  const source = await readFile(kept, 'utf8').catch(() => compile(filename, text, kept));
  return { format: 'module', source, shortCircuit: true };
}

/** Where nothing can be kept, it is compiled each time. */
async function compile(filename, text, kept) {
  const { code } = await transform(text, { filename });
  const written = new URL(`${kept.href}.${process.pid}`);
  await mkdir(CACHE, { recursive: true })
    .then(() => writeFile(written, code))
    .then(() => rename(written, kept))
    .catch(() => undefined);
  return code;
}
