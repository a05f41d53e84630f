// Makes what is published, in dist/packages, from the same sources: `weighbridge`, the command line and the library in a few bundled files
// that need nothing but Node, and `weighbridge-server`, the same commands with the server. The manifests are made from package.json here.
// Must not leave a half: an old package stays until the new one is whole.
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { minifySync } from 'rolldown/utils';
import ts from 'typescript';
import { decodersAlone } from './decoders-alone.mjs';
import { replacing, WITHOUT_NODE } from './for-browsers.mjs';
import { noticesOf } from './third-party-notices.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PACKAGES = path.join(ROOT, 'dist/packages');
const { version, description, license, engines, dependencies, repository, homepage, bugs } = JSON.parse(
  readFileSync(path.join(ROOT, 'package.json'), 'utf8'),
);

/** Two deep in the package, as the sources are in theirs: they look for the manifest there. */
const NODE = 'dist/node';
const BROWSER = 'dist/browser';
const TYPES = 'dist/types';
const LIBRARY = 'src/library/library.ts';
/** Started or imported by the name of their file, so that is kept; what they share goes into files beside them. */
const PROGRAMS = {
  main: 'src/cli/main.ts',
  worker: 'src/onnx/worker.ts',
  'digest-worker': 'src/blobs/digest-worker.ts',
};
/** Not bundled: it loads files that lie beside its own. */
const DATABASE = '@electric-sql/pglite';
/** Asked for by packages of ours where they are installed, in ways that we do not use. */
const NOT_INSTALLED = ['class-validator', 'pg-native'];

/** The commands that serve and restore are another where there is no server. */
const WITHOUT_SERVER = {
  'src/cli/serve.ts': 'src/cli/serve-installed.ts',
  'src/cli/restore.ts': 'src/cli/serve-installed.ts',
  'src/cli/copy-blobs.ts': 'src/cli/serve-installed.ts',
  // Whoever runs a registry has its package, and that of the command line alone is full.
  'src/cli/transfer/backup.ts': 'src/cli/serve-installed.ts',
};

await publishable('weighbridge', async (folder) => {
  const input = { ...PROGRAMS, library: LIBRARY };
  const modules = [
    ...(await bundle({ input, platform: 'node', folder: path.join(folder, NODE), instead: WITHOUT_SERVER })),
    ...(await bundle({
      input: { library: LIBRARY },
      platform: 'browser',
      folder: path.join(folder, BROWSER),
      instead: WITHOUT_NODE,
    })),
  ];
  writeTypes(path.join(folder, TYPES));
  copyFileSync(path.join(ROOT, 'weighbridge.schema.json'), path.join(folder, 'weighbridge.schema.json'));
  copyFileSync(path.join(ROOT, 'docs/library.md'), path.join(folder, 'README.md'));
  return { manifest: manifestOfProgram(), modules };
});
await publishable('weighbridge-server', async (folder) => {
  const input = {
    ...PROGRAMS,
    server: 'src/cli/server.ts',
    'comparing-worker': 'src/registry/comparison/comparing-worker.ts',
    'engine-thread': 'src/database/engine-thread.ts',
    'writing-worker': 'src/blobs/writing-worker.ts',
    'model-reader': 'src/registry/artifacts/model-reader.ts',
  };
  const modules = await bundle({ input, platform: 'node', folder: path.join(folder, NODE) });
  // Where the sources find them: at the root of the package, and in dist.
  for (const file of ['prisma/migrations', 'database-template.tar.gz', 'dist/web'])
    cpSync(path.join(ROOT, file), path.join(folder, file), { recursive: true });
  rmSync(path.join(folder, 'dist/web/manifest.json'));
  copyFileSync(path.join(ROOT, 'docs/server-package.md'), path.join(folder, 'README.md'));
  return { manifest: manifestOfServer(), modules: [...modules, ...modulesOfPages()], fonts: licencesOfFonts() };
});

/** `fill` writes the files of its own into the folder that it is given. */
async function publishable(name, fill) {
  const target = path.join(PACKAGES, name);
  const fresh = `${target}.new-${process.pid}`;
  try {
    mkdirSync(fresh, { recursive: true });
    const { manifest, modules, fonts } = await fill(fresh);
    writeFileSync(path.join(fresh, 'package.json'), `${JSON.stringify({ name, ...manifest }, null, 2)}\n`);
    writeFileSync(path.join(fresh, 'THIRD-PARTY-NOTICES.md'), noticesOf(modules, fonts));
    copyFileSync(path.join(ROOT, 'LICENSE'), path.join(fresh, 'LICENSE'));
    for (const program of [`${NODE}/main.js`, ...Object.values(manifest.bin)])
      chmodSync(path.join(fresh, program), 0o755);
    rmSync(target, { recursive: true, force: true });
    renameSync(fresh, target);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** Writes the files; gives the sources and modules of packages that are in them. */
async function bundle({ input, platform, folder, instead = {} }) {
  const build = await rolldown({
    cwd: ROOT,
    input,
    platform,
    ...(platform === 'node' && { external: [/^node:/, new RegExp(`^${DATABASE}(/|$)`), ...NOT_INSTALLED] }),
    plugins: [replacing(instead), decodersAlone(), ...(platform === 'node' ? [shortening()] : [])],
    tsconfig: 'tsconfig.json',
    onLog(level, log, handle) {
      // A fault or a doubt about the bundle is a fault of the build: nobody reads warnings of a step that succeeds.
      handle(level === 'warn' ? 'error' : level, log);
    },
  });
  const { output } = await build.write({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    minify: platform === 'browser', // for Node file by file
    comments: { legal: true, annotation: false, jsdoc: false },
  });
  return output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
}

/**
 * Lines and names of ours stay: Node prints the line of a fault that nobody catches, and names stand in stack traces. Of files that hold only
 * packages of others nothing stays; they would make a quarter of the package.
 */
function shortening() {
  return {
    name: 'shortening',
    renderChunk(code, { fileName, moduleIds }) {
      const isOurs = !moduleIds.every((module) => module.includes('/node_modules/'));
      const { code: short, errors } = minifySync(fileName, code, {
        module: true,
        mangle: { keepNames: isOurs },
        codegen: { removeWhitespace: !isOurs },
      });
      if (errors.length > 0) this.error(errors[0].message);
      return short;
    },
  };
}

/** The declarations that those of the library name, one file each as in the sources. */
function writeTypes(folder) {
  const { config } = ts.readConfigFile(path.join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [LIBRARY] }, ts.sys, ROOT);
  const program = ts.createProgram([path.join(ROOT, LIBRARY)], {
    ...options,
    types: ['node'],
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: path.join(ROOT, 'src'),
    outDir: folder,
  });
  const texts = new Map();
  program.emit(undefined, (file, text) => texts.set(path.resolve(file), text));
  const waiting = [path.join(folder, 'library/library.d.ts')];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const text = texts.get(file);
    if (text === undefined) continue;
    texts.delete(file);
    mkdirSync(path.dirname(file), { recursive: true });
    const isSeen = /^(core|library)\//.test(path.relative(folder, file).replaceAll(path.sep, '/'));
    writeFileSync(file, isSeen ? text : withoutComments(text));
    for (const [, specifier] of text.matchAll(/(?:from |import\()['"]([^'"]+)['"]/g)) {
      if (!specifier.startsWith('.'))
        throw new Error(`${file} names ${specifier}, which is not installed with the package`);
      waiting.push(path.resolve(path.dirname(file), specifier.replace(/\.js$/, '.d.ts')));
    }
  }
}

/** What users of the library do not name needs no words: they would be a hundredth of the package. */
function withoutComments(text) {
  const source = ts.createSourceFile('types.d.ts', text, ts.ScriptTarget.Latest);
  return ts.createPrinter({ removeComments: true }).printFile(source);
}

/** Of the packages that the bundler of the pages put into them. */
function modulesOfPages() {
  return JSON.parse(readFileSync(path.join(ROOT, 'dist/web/modules.json'), 'utf8'));
}

/** They stand beside the fonts. */
function licencesOfFonts() {
  const folder = path.join(ROOT, 'src/web/style/fonts');
  return readdirSync(folder)
    .filter((file) => file.endsWith('-LICENSE.txt'))
    .map((file) => path.join(folder, file));
}

/** What both say of themselves. */
function manifest() {
  return {
    version,
    license,
    ...(repository && { repository }),
    ...(homepage && { homepage }),
    ...(bugs && { bugs }),
    type: 'module',
    sideEffects: false,
    engines,
    publishConfig: { access: 'public', provenance: true },
  };
}

function manifestOfProgram() {
  return {
    ...manifest(),
    description,
    keywords: ['onnx', 'lstm', 'gru', 'rnn', 'parameters', 'model-size', 'model-registry', 'budget', 'cli'],
    exports: {
      '.': {
        types: `./${TYPES}/library/library.d.ts`,
        browser: `./${BROWSER}/library.js`,
        default: `./${NODE}/library.js`,
      },
      './weighbridge.schema.json': './weighbridge.schema.json',
      './package.json': './package.json',
    },
    bin: { weighbridge: `${NODE}/main.js` },
    // `weighbridge serve` starts it: package managers that keep packages apart let it be found.
    peerDependencies: { 'weighbridge-server': version },
    peerDependenciesMeta: { 'weighbridge-server': { optional: true } },
  };
}

function manifestOfServer() {
  return {
    ...manifest(),
    description: 'The server of Weighbridge, a model registry that weighs every ONNX model at the gate.',
    keywords: ['onnx', 'lstm', 'model-registry', 'mlops', 'graphql', 'self-hosted'],
    exports: { './program': `./${NODE}/main.js`, './package.json': './package.json' },
    bin: { 'weighbridge-server': `${NODE}/server.js` },
    dependencies: { [DATABASE]: dependencies[DATABASE] },
  };
}
