// Holds src to the import table of docs/architecture.md: which folder may know which, and which file alone may know a package.
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { circlesOf } from './support/circles.js';

const SRC = path.resolve('src');

interface Import {
  specifier: string;
  kind: 'static' | 'type' | 'dynamic';
}

interface Source {
  /** For example `onnx/read/wire.ts`. */
  file: string;
  folder: string;
  text: string;
  imports: Import[];
}

const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((file) => file.split(path.sep).join('/'))
  .filter((file) => /\.tsx?$/.test(file) && !/^(cli|database|web)\/generated\//.test(file) && !file.endsWith('.d.ts'))
  .sort()
  .map(readSource);

/** What each folder may import from other folders of src: files without `.ts`, or folders with a slash at the end. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  core: [],
  onnx: ['core/'],
  blobs: ['core/'],
  database: ['core/'],
  registry: ['core/', 'onnx/inspect', 'blobs/blob-store', 'blobs/part-hashes', 'database/client'],
  api: ['core/', 'registry/'],
  http: ['core/', 'registry/', 'api/schema'],
  remote: ['core/', 'onnx/inspect', 'onnx/read/platform'],
  library: ['core/', 'onnx/inspect', 'onnx/read/platform', 'remote/'],
  cli: ['core/', 'onnx/inspect', 'remote/', 'library/budgets', 'config', 'environment'],
  web: ['core/'],
  'app.ts': ['core/', 'onnx/', 'blobs/', 'database/', 'registry/', 'api/', 'http/', 'config', 'blob-stores'],
  'restore.ts': ['core/', 'blobs/', 'database/', 'registry/', 'config', 'blob-stores', 'backup-folder'],
  'backup-folder.ts': ['core/', 'blobs/digest'],
  'blob-stores.ts': ['core/', 'blobs/', 'database/data-folder', 'config'],
  'config.ts': ['core/errors', 'blobs/s3-address'],
  'environment.ts': ['core/errors', 'core/connection-faults'],
};

/**
 * The rooms of the folders that have wings, from the ground up: each may import those before it and none after it, so that there is no
 * circle. What a stranger finds in a wing is said in docs/architecture.md.
 */
const ROOMS: Record<string, readonly string[]> = {
  onnx: [
    'read/',
    'operators/',
    'graph/',
    'values/',
    'account/',
    'cells/',
    'recurrent/',
    'analysis.ts',
    'worker-time.ts',
    'analyse-skeleton.ts',
    'analyse-here.ts',
    'inspect.ts',
    'worker.ts',
  ],
  registry: [
    'kept.ts',
    'needs.ts',
    'faults.ts',
    'rows/',
    'trail/',
    'access/',
    'inspections/',
    'artifacts/',
    'backup/',
    'catalog/',
    'comparison/',
    'checks/',
    'aliases/',
    'audit/',
    'publish/',
  ],
  cli: [
    'terminal/',
    'options/',
    'network/',
    'files/',
    'client/',
    'formula/',
    'inspect/',
    'diff/',
    'check/',
    'transfer/',
    'artifacts/',
    'audit/',
    'models/',
    'versions/',
    'aliases/',
    'budgets/',
    'session/',
    'query.ts',
    'token/',
    'trail/',
    'completion/',
    'serve.ts',
    'restore.ts',
    'copy-blobs.ts',
    'serve-installed.ts',
    'main.ts',
    'server.ts',
  ],
};

/** Over and above the table, each with its reason. */
const ALSO: Record<string, readonly string[]> = {
  'api/server-facts.ts': ['../package.json'], // the version that the server says
  'cli/serve.ts': ['app'], // the command that runs the server
  'cli/restore.ts': ['restore'], // the command that fills one
  'cli/transfer/backup.ts': ['backup-folder'], // the command that fills it
  'cli/copy-blobs.ts': ['blob-stores'], // the command that moves its bytes
  'library/host.ts': ['cli/files/external-folder', 'cli/files/local-file'], // which files beside a model may be opened
  'cli/files/local-file.ts': ['blobs/digest'], // a thread that hashes large files beside the inspector
};

/** For types alone, which are gone when the program runs. */
const ALSO_TYPES: Record<string, readonly string[]> = {
  http: ['blobs/blob-store'], // the contract's words, in what the registry takes and gives
};

/** Who alone may import a package: folders end with a slash. What is missing here may be imported by nobody. */
const PACKAGES: Record<string, readonly string[]> = {
  'onnx-proto': ['onnx/graph/proto.ts'],
  '@electric-sql/pglite': ['database/'],
  pg: ['database/'],
  '@prisma/adapter-pg': ['database/'],
  '@prisma/client': ['database/'],
  'tar-stream': ['database/'],
  '@aws-sdk/client-s3': ['blobs/s3-blob-store.ts', 'blobs/s3-abandoned.ts', 'blobs/s3-received-parts.ts'],
  '@aws-sdk/lib-storage': ['blobs/s3-blob-store.ts'],
  '@aws-sdk/s3-request-presigner': ['blobs/s3-blob-store.ts'],
  'p-limit': ['api/statements.ts'],
  'p-retry': ['database/', 'registry/', 'cli/client/', 'remote/get.ts'],
  uuid: ['registry/'],
  'lru-cache': ['registry/kept.ts', 'database/replica.ts', 'registry/comparison/comparing-worker.ts'],
  'type-graphql': ['api/'],
  graphql: ['api/'],
  'graphql-scalars': ['api/'],
  'graphql-query-complexity': ['api/'],
  '@escape.tech/graphql-armor-max-aliases': ['api/'],
  '@escape.tech/graphql-armor-max-depth': ['api/'],
  '@escape.tech/graphql-armor-max-directives': ['api/'],
  dataloader: ['api/'],
  'reflect-metadata': ['api/'],
  '@apollo/server': ['api/', 'http/', 'app.ts'],
  '@as-integrations/express5': ['http/'],
  express: ['http/'],
  'rate-limiter-flexible': ['http/'],
  'structured-headers': ['http/'],
  pino: ['api/', 'http/', 'app.ts'],
  commander: ['cli/'],
  'cli-progress': ['cli/'],
  'string-width': ['cli/'],
  tinyglobby: ['cli/check/subjects.ts'],
  'proxy-from-env': ['environment.ts'],
  zod: ['config.ts', 'library/budgets.ts', 'cli/trail/trail-anchor.ts'],
  react: ['web/'],
  'react-dom': ['web/'],
  wouter: ['web/'],
  '@tanstack/react-query': ['web/'],
  graphiql: ['web/api/explorer.tsx'],
  '@noble/hashes': ['web/upload/digest.ts', 'onnx/read/platform-browser.ts'],
  'd3-hierarchy': ['web/parts/figures/treemap.tsx'],
  uplot: ['web/model/trend-plot.tsx'],
};

const MAX_LINES = 350;
const MAX_FILES = 30;

/** Files that may import one another in a circle, types included, each circle with its reason. One that is gone is taken out. */
const CIRCLES: readonly (readonly string[])[] = [];

describe('the import table', () => {
  it('has a row for every folder and file at the top of src', () => {
    const tops = new Set(sources.map(({ folder }) => folder));
    const unknown = [...tops].filter((top) => !(top in MAY_IMPORT));
    expect(
      unknown.map((top) => `src/${top} is new: say what it may import, in MAY_IMPORT and docs/architecture.md`),
    ).toEqual([]);
  });

  it('is kept between folders', () => {
    expect(
      violations((source, { specifier, kind }) => {
        if (!specifier.startsWith('.')) return false;
        const target = resolveImport(source, specifier);
        if (target.startsWith(`${source.folder}/`)) return false;
        const types = kind === 'type' ? (ALSO_TYPES[source.folder] ?? []) : [];
        const allowed = [...(MAY_IMPORT[source.folder] ?? []), ...(ALSO[source.file] ?? []), ...types];
        return !allowed.some((entry) => (entry.endsWith('/') ? target.startsWith(entry) : target === entry));
      }, 'have it handed in as an argument, or move what both need to a folder that both may import (mostly src/core)'),
    ).toEqual([]);
  });

  it('is kept for packages', () => {
    expect(
      violations((source, { specifier }) => {
        if (specifier.startsWith('.') || isBuiltin(specifier)) return false;
        return !isAmong(source.file, PACKAGES[packageOf(specifier)] ?? []);
      }, 'use it behind the file that PACKAGES names for it, or give it a place there'),
    ).toEqual([]);
  });

  it('keeps core free of everything, Node itself included', () => {
    // That a relative import stays within core is held above.
    expect(
      violations(
        ({ folder }, { specifier }) => folder === 'core' && !specifier.startsWith('.'),
        'core is bundled for browsers and imports nothing: hand it in as an argument',
      ),
    ).toEqual([]);
  });

  it('names only packages that are installed with the program', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
      'dependencies' | 'devDependencies',
      Record<string, string>
    >;
    const missing = violations(({ file, folder }, { specifier }) => {
      if (specifier.startsWith('.') || isBuiltin(specifier)) return false;
      // What pages and browsers use is bundled when the package is made, and not installed with it.
      const isBundled = folder === 'web' || file.endsWith('-browser.ts');
      return !(packageOf(specifier) in (isBundled ? devDependencies : dependencies));
    }, 'npm install --save-exact it; for src/web with --save-dev');
    expect(missing).toEqual([]);
  });

  it('finds what it looks for', () => {
    // A table that reads no imports would hold for ever.
    const proto = sources.find(({ file }) => file === 'onnx/graph/proto.ts');
    expect(proto?.imports).toContainEqual({ specifier: 'onnx-proto', kind: 'static' });
    const main = sources.find(({ file }) => file === 'cli/main.ts');
    expect(main?.imports).toContainEqual({ specifier: './serve.js', kind: 'dynamic' });
    const imports = { a: ['b', 'd'], b: ['c'], c: ['b'], d: ['e'], e: ['f', 'c'], f: ['d', 'g'], g: [] };
    expect(circlesOf(new Map(Object.entries(imports)))).toEqual([
      ['b', 'c'],
      ['d', 'e', 'f'],
    ]);
  });
});

describe('the wings', () => {
  const rooms = Object.entries(ROOMS).flatMap(([folder, names]) => names.map((name) => `${folder}/${name}`));
  const placeOf = (file: string) =>
    rooms.findIndex((room) => (room.endsWith('/') ? file.startsWith(room) : file === room));

  it('have each file of their folders in a room that is known', () => {
    const lost = sources.filter(({ file, folder }) => folder in ROOMS && placeOf(file) === -1);
    const advice = 'move it to one of the rooms, or give its own a place in ROOMS and docs/architecture.md';
    expect(
      lost.map(({ file }) => `src/${file} is in none of the rooms of src/${file.split('/')[0]}: ${advice}`),
    ).toEqual([]);
    const empty = rooms.filter((room) => sources.every(({ file }) => placeOf(file) !== rooms.indexOf(room)));
    expect(empty.map((room) => `there is no src/${room}: take it out of ROOMS`)).toEqual([]);
  });

  it('import only what stands below them', () => {
    expect(
      violations((source, { specifier }) => {
        if (!(source.folder in ROOMS) || !specifier.startsWith('.')) return false;
        const target = resolveImport(source, specifier);
        return target.startsWith(`${source.folder}/`) && placeOf(`${target}.ts`) > placeOf(source.file);
      }, 'ROOMS has that room above this one: move what both need further down, or have it handed in as an argument'),
    ).toEqual([]);
  });

  it('are each described in docs/architecture.md', () => {
    const text = readFileSync('docs/architecture.md', 'utf8');
    const folders = new Set(
      sources.map(({ file }) => path.posix.dirname(file)).filter((folder) => folder.includes('/')),
    );
    const unsaid = [...folders].filter((folder) => !text.includes(`\`src/${folder}\``));
    expect(unsaid.map((folder) => `say under "The wings" what a stranger finds in \`src/${folder}\``)).toEqual([]);
  });
});

describe('the sources', () => {
  it('read the environment in config.ts and environment.ts alone', () => {
    const readers = sources.filter(({ text }) =>
      /\bprocess\s*(\.|\[\s*['"])env\b|\benv\b[^;]*from 'node:process'/.test(withoutComments(text)),
    );
    expect(readers.map(({ file }) => file)).toEqual(['config.ts', 'environment.ts']);
  });

  it('load nothing for `weighbridge inspect` that only a server needs', () => {
    const loaded = closure(['cli/main.ts', 'cli/inspect/inspect.ts', 'onnx/inspect.ts']);
    const allowed = ['commander', 'string-width', 'onnx-proto'];
    expect([...loaded.packages].filter((name) => !allowed.includes(name))).toEqual([]);
    const files = [...loaded.files].filter((file) => !/^(cli|core|onnx)\//.test(file));
    expect(files.sort()).toEqual(['blobs/asked-thread.ts', 'blobs/digest.ts', 'remote/address.ts']);
    const asking = [...loaded.files].filter((file) =>
      sources
        .find((one) => one.file === file)
        ?.imports.some(({ specifier, kind }) => kind === 'static' && specifier.endsWith('/generated/operations.js')),
    );
    expect(asking).toEqual([]);
  });

  it('have no folder whose name says nothing, and no barrel', () => {
    const named = sources.filter(({ file }) =>
      /(^|\/)(utils?|helpers?|services?|common|misc|index)(\/|\.tsx?$)/.test(file),
    );
    const barrels = sources.filter(isBarrel);
    expect(named.map(({ file }) => `src/${file}: name it for what it is about`)).toEqual([]);
    expect(barrels.map(({ file }) => `src/${file}: import from where things are, and delete it`)).toEqual([]);
  });

  it('import one another in no circle but those that are known, types included', () => {
    const found = circlesOf(
      new Map(
        sources.map((source) => [
          source.file,
          source.imports
            .filter(({ specifier }) => specifier.startsWith('.'))
            .flatMap(({ specifier }) => filesAt(resolveImport(source, specifier))),
        ]),
      ),
    );
    const isWithin = (circle: readonly string[], known: readonly string[]) =>
      circle.every((file) => known.includes(file));
    const advice = 'put what both need (often a type) in a file that imports neither, or hand it in as an argument';
    expect(
      found
        .filter((circle) => !CIRCLES.some((known) => isWithin(circle, known)))
        .map((circle) => `${circle.join(' ↔ ')} import one another in a circle: ${advice}`),
    ).toEqual([]);
    expect(
      CIRCLES.filter((known) => known.join() !== found.find((circle) => isWithin(circle, known))?.join()).map(
        (known) => `the circle of ${known.join(', ')} is smaller or gone: take it out of CIRCLES, or what left it`,
      ),
    ).toEqual([]);
  });

  it(`are at most ${MAX_FILES} in a folder`, () => {
    const folderOf = ({ file }: Source) => path.posix.dirname(file);
    const full = [...new Set(sources.map(folderOf))].flatMap((folder) => {
      const files = sources.filter((source) => folderOf(source) === folder).length;
      return files > MAX_FILES ? [`src/${folder} has ${files} files: give those that belong together a folder`] : [];
    });
    expect(full).toEqual([]);
  });

  it('open with a comment that says what the file is for', () => {
    const silent = sources.filter(({ text }) => firstComment(text).length < 30);
    expect(
      silent.map(({ file }) => `src/${file}: say in its first lines what it is for and what it must never do`),
    ).toEqual([]);
  });

  it(`say why in that comment where they are longer than ${MAX_LINES} lines`, () => {
    const long = sources.filter(({ text }) => text.split('\n').length > MAX_LINES);
    const unexplained = long.filter(({ text }) => !/over 350 lines/i.test(firstComment(text)));
    expect(
      unexplained.map(({ file }) => `src/${file}: split it, or say in its first lines why it is over 350 lines`),
    ).toEqual([]);
  });

  it('name the row types of tables in registry/rows alone, and turn BigInt into number there', () => {
    const typed = sources.filter(({ folder, file, text }) => {
      return (
        folder !== 'database' &&
        !file.startsWith('registry/rows/') &&
        /\bPrisma\.\w+Model\b/.test(withoutComments(text))
      );
    });
    expect(
      typed.map(({ file }) => `${file}: turn the row into a core type in registry/rows, where records.ts is`),
    ).toEqual([]);
    const converting = sources.filter(
      ({ file, text }) => /^registry\/(?!rows\/)/.test(file) && /\bNumber\(/.test(withoutComments(text)),
    );
    expect(
      converting.map(({ file }) => `${file}: use toCount of registry/rows/records.ts, which never rounds`),
    ).toEqual([]);
  });

  it('that are named …-reads in the registry get what reads and nothing that writes', () => {
    const reads = sources.filter(({ file }) => /^registry\/.*-reads\.ts$/.test(file));
    expect(reads.length).toBeGreaterThan(5);
    const writing = reads.filter(({ text }) => /\bNeeds\b|\bTransaction\b/.test(withoutComments(text)));
    expect(
      writing.map(
        ({ file }) => `${file}: let it take \`Reads\` of needs.ts; what writes stands in the noun's own file`,
      ),
    ).toEqual([]);
  });

  it('that change a noun in the registry leave its lists and loaders to the file of its reads', () => {
    const writes = /\b(inTurn|inModelsTurn|recordEvents?|\$executeRaw)\b|\.\w+\.(create|update|upsert|delete)\w*\(/;
    const mixed = sources.filter(({ file, text }) => {
      const code = withoutComments(text);
      return file.startsWith('registry/') && writes.test(code) && /^export (async )?function (list|load)/m.test(code);
    });
    expect(mixed.map(({ file }) => `${file}: put what lists and loads into the …-reads.ts beside it`)).toEqual([]);
  });

  it('are where the programs beside them look for what was built of them', () => {
    const named = ['bench', 'fuzz', 'scripts'].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.(mjs|ts)$/.test(file))
        .flatMap((file) => {
          // What is bundled in the packages is held to its sources by the bundler.
          const text = readFileSync(path.join(folder, file), 'utf8');
          const built = text.matchAll(/\bdist\/(?!packages\/|node\/)([\w/.-]+)\.js\b/g);
          return [...built].map(([, name]) => ({ name: `${name}.ts`, by: `${folder}/${file}` }));
        }),
    );
    const gone = named.filter(({ name }) => !sources.some(({ file }) => file === name));
    expect(gone.map(({ name, by }) => `${by} looks for what is built of src/${name}: name where it is now`)).toEqual(
      [],
    );
  });
});

function readSource(file: string): Source {
  const text = readFileSync(path.join(SRC, file), 'utf8');
  const code = withoutComments(text);
  const statements = [...code.matchAll(/^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm)];
  const required = [...code.matchAll(/\b(?:createRequire\([^)]*\)|require(?:\.resolve)?)\(\s*'([^']+)'/g)];
  const calls = [...code.matchAll(/\bimport\(\s*'([^']+)'/g)];
  return {
    file,
    folder: file.split('/')[0] ?? file,
    text,
    imports: [
      ...statements.map(([, type, specifier = '']) => ({
        specifier,
        kind: type ? ('type' as const) : ('static' as const),
      })),
      ...required.map(([, specifier = '']) => ({ specifier, kind: 'static' as const })),
      ...calls.map(([, specifier = '']) => ({ specifier, kind: 'dynamic' as const })),
    ],
  };
}

/** Good enough for imports and names: a comment sign within a string would only hide what follows it on the line. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[^]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}

/** One line for each import that is forbidden: which it is, and what to do. */
function violations(isForbidden: (source: Source, one: Import) => boolean, advice: string): string[] {
  return sources.flatMap((source) =>
    source.imports
      .filter((one) => isForbidden(source, one))
      .map(({ specifier }) => `src/${source.file} imports ${specifier}: ${advice}`),
  );
}

/** `core/names` → `core/names.ts`; none for what is not among the sources. */
function filesAt(target: string): string[] {
  return sources.flatMap(({ file }) => (file.replace(/\.tsx?$/, '') === target ? [file] : []));
}

/** `cli/transfer/push.ts` and `../core/names.js` → `core/names`. */
function resolveImport({ file }: Source, specifier: string): string {
  return path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier)).replace(/\.[jt]sx?$/, '');
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function isAmong(file: string, places: readonly string[]): boolean {
  return places.some((place) => (place.endsWith('/') ? file.startsWith(place) : file === place));
}

/** Everything that is loaded at once with these files: static imports, followed. */
function closure(files: readonly string[]): { files: Set<string>; packages: Set<string> } {
  const loaded = { files: new Set<string>(), packages: new Set<string>() };
  const waiting = [...files];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const source = sources.find((one) => one.file === file);
    if (source === undefined || loaded.files.has(file)) continue;
    loaded.files.add(file);
    for (const { specifier, kind } of source.imports) {
      if (kind !== 'static' || isBuiltin(specifier)) continue;
      if (specifier.startsWith('.')) waiting.push(`${resolveImport(source, specifier)}.ts`);
      else loaded.packages.add(packageOf(specifier));
    }
  }
  return loaded;
}

/** A file that only passes on what several others have. */
function isBarrel({ text, imports }: Source): boolean {
  if (new Set(imports.map(({ specifier }) => specifier)).size < 2) return false;
  const statements = withoutComments(text).split(';');
  return statements.every((statement) => /^\s*(export (type )?(\*|\{[^}]*\}) from .*)?$/.test(statement.trim()));
}

function firstComment(text: string): string {
  const start = text.replace(/^#!.*\n/, '');
  return /^(\/\*[^]*?\*\/|(\/\/.*\n)+)/.exec(start)?.[0] ?? '';
}
