// Before `npm pack`: builds everything that the package ships, and writes npm-shrinkwrap.json, since npm passes neither the lock
// file nor `overrides` on to whoever installs the package. After it (--clean): takes the shrinkwrap away again.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('..', import.meta.url);
const SHRINKWRAP = new URL('npm-shrinkwrap.json', ROOT);

if (process.argv.includes('--clean')) {
  rmSync(SHRINKWRAP, { force: true });
} else {
  execFileSync(process.execPath, [fileURLToPath(new URL('ensure-built.mjs', import.meta.url))], { stdio: 'inherit' });
  for (const file of ['schema.graphql', 'database-template.tar.gz', 'dist/cli/main.js', 'dist/web/index.html']) {
    if (!existsSync(new URL(file, ROOT))) throw new Error(`${file} is missing: the package would not work`);
  }
  writeFileSync(SHRINKWRAP, `${JSON.stringify(productionLock(), null, 2)}\n`);
}

/** The lock file without what only developers install. */
function productionLock() {
  const lock = JSON.parse(readFileSync(new URL('package-lock.json', ROOT), 'utf8'));
  const { devDependencies: _, ...root } = lock.packages[''];
  const packages = Object.entries(lock.packages).filter(
    ([name, { dev, devOptional }]) => name !== '' && !dev && !devOptional,
  );
  return { ...lock, packages: { '': root, ...Object.fromEntries(packages) } };
}
