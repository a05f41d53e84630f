// Builds the pages into dist/web: a bundle by vite, and a compressed copy beside every text; modules.json lists what is in it, for the
// notices of their licences. Must not leave a half: the old pages stay until the new ones are whole.
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { build } from 'vite';
import { decodersAlone } from './decoders-alone.mjs';
import { replacing, WITHOUT_NODE } from './for-browsers.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TARGET = path.join(ROOT, 'dist/web');
const FRESH = path.join(ROOT, `dist/web.new-${process.pid}`);
/** A packet has about this many bytes: below it compression saves nothing. */
const SMALL = 1_400;

try {
  const { output } = await build({
    configFile: false,
    root: path.join(ROOT, 'src/web'),
    logLevel: 'warn',
    base: '/',
    // The page alone says where it is: the server writes a path of a proxy before these. The rest is found beside the script that asks for it.
    experimental: { renderBuiltUrl: (name, { hostType }) => (hostType === 'html' ? `/${name}` : { relative: true }) },
    oxc: { jsx: { runtime: 'automatic' } },
    // The page that weighs has the reader in a worker.
    worker: { format: 'es', plugins: readerPlugins },
    build: {
      outDir: FRESH,
      emptyOutDir: true,
      target: 'es2022',
      manifest: 'manifest.json',
      assetsInlineLimit: 0, // a data: script or style would need a weaker policy
      modulePreload: { polyfill: false },
      rolldownOptions: {
        // "use client" means something to servers that render React; there is none here.
        onwarn: (warning, warn) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || warn(warning),
      },
      chunkSizeWarningLimit: 10_000, // GraphiQL's editor, on its own page alone
    },
  });
  const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
  writeFileSync(path.join(FRESH, 'modules.json'), JSON.stringify(modules));
  compress(path.join(FRESH, 'assets'));
  rmSync(TARGET, { recursive: true, force: true });
  renameSync(FRESH, TARGET);
} finally {
  rmSync(FRESH, { recursive: true, force: true });
}

/** Also for the workers of the editor, which have no reader: that each file is found is looked at where the packages are built. */
function readerPlugins() {
  return [replacing(WITHOUT_NODE), decodersAlone()].map((plugin) => ({
    ...plugin,
    enforce: 'pre',
    buildEnd: undefined,
  }));
}

function compress(folder) {
  if (!existsSync(folder)) throw new Error('the bundle has no files');
  for (const name of readdirSync(folder)) {
    if (!/\.(js|css|svg|json|ttf)$/.test(name)) continue;
    const file = path.join(folder, name);
    const bytes = readFileSync(file);
    if (bytes.length < SMALL) continue;
    // The highest quality takes a minute for the editor, and saves little of it.
    const quality = bytes.length > 1_000_000 ? 7 : 11;
    writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }));
  }
}
