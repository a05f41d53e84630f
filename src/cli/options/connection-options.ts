/** The options with which every command that speaks to a registry says where it is and who asks, and those of every command that uses a network. */
import type { Command } from 'commander';

export function addConnectionOptions(command: Command): Command {
  return addNetworkOptions(
    command
      .option('--url <url>', 'the registry (WEIGHBRIDGE_URL; default: that of login, else http://127.0.0.1:4270)')
      .option(
        '--token <token>',
        'the token; safer in WEIGHBRIDGE_TOKEN or a file named by WEIGHBRIDGE_TOKEN_FILE (default: that of login, else admin-token in the data folder, for a registry of this machine)',
      ),
  );
}

export function addNetworkOptions(command: Command): Command {
  return command.option('--cacert <file>', 'trust these certificate authorities too, in PEM form (WEIGHBRIDGE_CACERT)');
}
