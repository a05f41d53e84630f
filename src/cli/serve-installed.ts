/**
 * `weighbridge serve`, `restore` and `backup` of the package that has no server: hands over to the package that has one, where that is
 * installed beside it, and says how to get it where not. Bundled in the place of their files; must not know what these take.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { WeighbridgeError } from '../core/errors.js';

const SERVER = 'weighbridge-server';

export async function configure(command: Command): Promise<void> {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as Manifest;
  const server = findServer();
  // It reads the same arguments, and ends the process.
  if (server?.version === version) await import(pathToFileURL(server.program).href);
  const get = `npm install ${SERVER}@${version}`;
  const problem =
    server === null
      ? `the server is a package of its own, which is not installed: ${get} (with --global where weighbridge was installed so)`
      : `weighbridge ${version} starts no server of version ${server.version}: ${get}`;
  command
    .description(
      `${command.summary()[0]?.toUpperCase()}${command.summary().slice(1)}. Needs the package ${SERVER}: ${get}`,
    )
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => {
      throw new WeighbridgeError('SERVER_NOT_INSTALLED', problem);
    });
}

interface Manifest {
  version: string;
}

/** Beside this package, or beside the link through which it was started: pnpm keeps the two apart. */
function findServer(): { program: string; version: string } | null {
  for (const place of [import.meta.url, process.argv[1]]) {
    if (place === undefined) continue;
    const require = createRequire(place);
    try {
      const { version } = require(`${SERVER}/package.json`) as Manifest;
      return { program: require.resolve(`${SERVER}/program`), version };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  return null;
}
