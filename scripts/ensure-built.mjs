// Makes what tests, demo and server need and what is missing or out of date: Prisma's client, dist/, the database template.
// Goes by the content of the sources, not by their dates, so it does nothing after a checkout that changed nothing.
// With `--is-built NAME` it makes nothing: its exit status is 0 when that part is there and of the sources as they are.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** What the parts were made from. Goes away with node_modules: other tools may make other output. */
const STAMPS = path.join(ROOT, 'node_modules', '.cache', 'weighbridge-built.json');
const GENERATED = 'src/database/generated';
const OPERATIONS = 'generated/operations.ts';

const PARTS = [
  {
    name: 'client',
    says: 'Generating the database client (Prisma) …',
    inputs: () => ['prisma/schema.prisma', 'prisma.config.ts', 'node_modules/prisma/package.json'],
    output: `${GENERATED}/client.ts`,
    make: () => node(['node_modules/prisma/build/index.js', 'generate']),
  },
  {
    name: 'operations',
    says: 'Typing the GraphQL operations …',
    inputs: () => [
      'schema.graphql',
      'scripts/make-operations.mjs',
      'scripts/operation-files.mjs',
      ...files('src').filter((file) => file.endsWith('.graphql')),
      'node_modules/@graphql-codegen/typescript-operations/package.json',
    ],
    output: `src/cli/${OPERATIONS}`,
    make: () => node(['scripts/make-operations.mjs']),
  },
  {
    name: 'dist',
    says: 'Compiling …',
    inputs: () => [
      ...files('src').filter((file) => !file.startsWith(GENERATED) && !file.startsWith('src/web/')),
      'prisma/schema.prisma',
      'tsconfig.json',
      'tsconfig.build.json',
      'node_modules/typescript/package.json',
    ],
    output: 'dist/app.js',
    make: compile,
  },
  {
    name: 'web',
    says: 'Bundling the pages …',
    inputs: () => [
      'scripts/build-web.mjs',
      'scripts/decoders-alone.mjs',
      'scripts/for-browsers.mjs',
      ...['web', 'core', 'library', 'onnx', 'remote'].flatMap((folder) => files(`src/${folder}`)),
      'package-lock.json',
    ],
    output: 'dist/web/index.html',
    make: () => node(['scripts/build-web.mjs']),
  },
  {
    name: 'template',
    says: 'Making the template of the embedded database (once) …',
    inputs: () => [
      'scripts/make-template.mjs',
      ...files('prisma/migrations'),
      'node_modules/@electric-sql/pglite/package.json',
    ],
    output: 'database-template.tar.gz',
    make: () => node(['scripts/make-template.mjs']),
  },
  {
    name: 'packages',
    says: 'Bundling what is published …',
    inputs: () => [
      'package.json',
      'package-lock.json',
      'scripts/build-packages.mjs',
      'scripts/decoders-alone.mjs',
      'scripts/for-browsers.mjs',
      'scripts/third-party-notices.mjs',
      'docs/library.md',
      'docs/server-package.md',
      'weighbridge.schema.json',
      'prisma/schema.prisma',
      ...files('prisma/migrations'),
      ...files('src').filter((file) => !file.startsWith(GENERATED)),
    ],
    output: 'dist/packages/weighbridge/package.json',
    make: () => node(['scripts/build-packages.mjs']),
  },
];

const stamps = readStamps();
const isBuilt = ({ name, output }, stamp) => stamps[name] === stamp && existsSync(path.join(ROOT, output));

if (process.argv[2] === '--is-built') {
  const part = PARTS.find(({ name }) => name === process.argv[3]);
  process.exit(part !== undefined && isBuilt(part, hash(part.inputs())) ? 0 : 1);
}

for (const part of PARTS) {
  const { name, says, inputs, make } = part;
  const stamp = hash(inputs());
  if (isBuilt(part, stamp)) continue;
  console.error(says);
  try {
    make();
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
  stamps[name] = stamp;
  mkdirSync(path.dirname(STAMPS), { recursive: true });
  // Renamed into its place: where node_modules was copied by hard links, to write into it would tell the other copies too.
  writeFileSync(`${STAMPS}.new`, JSON.stringify(stamps));
  renameSync(`${STAMPS}.new`, STAMPS);
}

/** Into a folder of its own first, so that nothing is left over and a failed compilation leaves the old one. */
function compile() {
  const fresh = path.join(ROOT, `dist.new-${process.pid}`);
  try {
    node(['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', fresh, '--noEmitOnError']);
    // Made by themselves, and kept.
    for (const part of ['web', 'packages']) {
      const made = path.join(ROOT, 'dist', part);
      if (existsSync(made)) renameSync(made, path.join(fresh, part));
    }
    rmSync(path.join(ROOT, 'dist'), { recursive: true, force: true });
    renameSync(fresh, path.join(ROOT, 'dist'));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** Quiet unless it fails; then what it said goes to standard error. */
function node(args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  if (status === 0) return;
  process.stderr.write(stdout + stderr);
  throw new Error(`${args[0]} failed`);
}

function files(folder) {
  return readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
}

function hash(inputs) {
  const sum = createHash('sha256');
  for (const file of inputs)
    sum
      .update(`${file}\0`)
      .update(readFileSync(path.join(ROOT, file)))
      .update('\0');
  return sum.digest('hex');
}

function readStamps() {
  try {
    return JSON.parse(readFileSync(STAMPS, 'utf8'));
  } catch {
    return {}; // none yet, or not ours: everything is made anew
  }
}
