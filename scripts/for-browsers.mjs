// Plugins of the bundlers that put the reader into a browser. Must not write anything: build-packages.mjs and build-web.mjs do.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What stands for Node in a browser. */
export const WITHOUT_NODE = {
  'src/library/host.ts': 'src/library/host-browser.ts',
  'src/onnx/read/platform.ts': 'src/onnx/read/platform-browser.ts',
  'src/onnx/analyse-skeleton.ts': 'src/onnx/analyse-here.ts',
};

/** Sources that others take the place of; each must be asked for, so that a file that has moved is noticed. */
export function replacing(instead) {
  const left = new Set(Object.keys(instead));
  return {
    name: 'replacing',
    resolveId(specifier, importer) {
      if (!specifier.startsWith('.') || importer === undefined) return null;
      const source = path
        .relative(ROOT, path.resolve(path.dirname(importer), specifier))
        .split(path.sep)
        .join('/');
      const name = source.replace(/\.js$/, '.ts');
      if (!(name in instead)) return null;
      left.delete(name);
      return path.join(ROOT, instead[name]);
    },
    buildEnd() {
      if (left.size > 0) this.error(`nothing imports ${[...left].join(', ')}: name where it is now`);
    },
  };
}
