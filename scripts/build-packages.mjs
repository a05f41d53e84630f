// Makes what is published, in dist/packages: `weighbridge`, the command line and the library in a few bundled files that need
// nothing but Node. The manifest is made from package.json here. Must not leave a half: the old package stays until the new one is whole.
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { noticesOf } from './third-party-notices.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TARGET = path.join(ROOT, 'dist/packages/weighbridge');
const FRESH = path.join(ROOT, `dist/packages/weighbridge.new-${process.pid}`);
const { version, description, license, engines, repository, homepage, bugs } = JSON.parse(
  readFileSync(path.join(ROOT, 'package.json'), 'utf8'),
);

/** Two deep in the package, as the sources are in theirs: they look for the manifest there. */
const NODE = 'dist/node';
/** Started or imported by the name of their file, so that is kept; what they share goes into files beside them. */
const PROGRAMS = {
  main: 'src/cli/main.ts',
  worker: 'src/onnx/worker.ts',
  'digest-worker': 'src/blobs/digest-worker.ts',
};

/** The command that serves is another where there is no server to start. */
const withoutServer = {
  name: 'without-server',
  resolveId: (specifier, importer) =>
    specifier === './serve.js' && importer === path.join(ROOT, 'src/cli/main.ts')
      ? path.join(ROOT, 'src/cli/serve-installed.ts')
      : null,
};

try {
  mkdirSync(FRESH, { recursive: true });
  const modules = await bundle({ input: PROGRAMS, platform: 'node', folder: NODE });
  writeFileSync(path.join(FRESH, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
  writeFileSync(path.join(FRESH, 'THIRD-PARTY-NOTICES.md'), noticesOf(modules));
  for (const file of ['LICENSE', 'weighbridge.schema.json'])
    copyFileSync(path.join(ROOT, file), path.join(FRESH, file));
  copyFileSync(path.join(ROOT, 'docs/library.md'), path.join(FRESH, 'README.md'));
  rmSync(TARGET, { recursive: true, force: true });
  renameSync(FRESH, TARGET);
} finally {
  rmSync(FRESH, { recursive: true, force: true });
}

/** Writes the files; gives the sources and modules of packages that are in them. */
async function bundle({ input, platform, folder }) {
  const build = await rolldown({
    cwd: ROOT,
    input,
    platform,
    external: /^node:/,
    plugins: [withoutServer],
    tsconfig: 'tsconfig.json',
    onLog(level, log, handle) {
      // A fault or a doubt about the bundle is a fault of the build: nobody reads warnings of a step that succeeds.
      handle(level === 'warn' ? 'error' : level, log);
    },
  });
  const { output } = await build.write({
    dir: path.join(FRESH, folder),
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    comments: { legal: true, annotation: false, jsdoc: false },
  });
  return output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
}

function manifest() {
  return {
    name: 'weighbridge',
    version,
    description,
    keywords: ['onnx', 'lstm', 'gru', 'rnn', 'parameters', 'model-size', 'model-registry', 'budget', 'cli'],
    license,
    ...(repository && { repository }),
    ...(homepage && { homepage }),
    ...(bugs && { bugs }),
    type: 'module',
    engines,
    bin: { weighbridge: `${NODE}/main.js` },
    publishConfig: { access: 'public', provenance: true },
  };
}
