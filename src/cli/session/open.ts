/** `weighbridge open`: the page of a model or a version in the browser. */
import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import { modelAddress, PAGE_PATHS, versionAddress } from '../../core/addresses.js';
import { connect, type ConnectionOptions } from '../client/connect.js';
import { requireModel } from '../client/meant.js';
import { findRemoteVersion } from '../client/remote-version.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { versionOfModel } from '../options/named-version.js';
import { explain } from '../terminal/help.js';
import { print } from '../terminal/output.js';

export function configure(command: Command): void {
  command
    .description('Open the page of a model or a version in the browser, and print its link.')
    .argument('[name]', 'model, model@3 or model@alias; without it the first page')
    .option('--print', 'only print the link');
  explain(addConnectionOptions(command), ['weighbridge open speech@production', 'weighbridge open --print']).action(
    open,
  );
}

async function open(text: string | undefined, options: ConnectionOptions & { print?: true }): Promise<void> {
  const client = await connect(options);
  const address = client.addressOf(await pathOf());
  await print(`${address}\n`);
  if (!options.print) startBrowser(address);

  async function pathOf(): Promise<string> {
    if (text === undefined) return PAGE_PATHS.registry;
    const name = versionOfModel(text);
    if (name.ref === null) {
      await requireModel(client, name.model);
      return modelAddress(name.model);
    }
    return versionAddress(name.model, (await findRemoteVersion(client, name)).number);
  }
}

/** A machine without a browser has the link. */
function startBrowser(address: string): void {
  const [program, ...first] =
    process.platform === 'darwin'
      ? ['open']
      : process.platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler']
        : ['xdg-open'];
  if (program === undefined) return;
  const child = spawn(program, [...first, address], { detached: true, stdio: 'ignore' });
  child.on('error', () => undefined);
  child.unref();
}
