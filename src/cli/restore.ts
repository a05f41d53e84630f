/** `weighbridge restore`: makes a registry of a backup, where `weighbridge serve` with the same settings will find it. */
import type { Command } from 'commander';
import { loadConfig, SETTINGS } from '../config.js';
import { explain } from './terminal/help.js';
import { complain, count, counted, print } from './terminal/output.js';
import { showBar } from './terminal/progress.js';
import { safeJson, safeText } from './terminal/safe-text.js';

interface Options {
  data?: string;
  copy?: string;
  withoutDamaged?: boolean;
  json?: boolean;
}

const EXAMPLES = [
  'weighbridge restore /backup/weighbridge --data /var/lib/weighbridge',
  'DATABASE_URL=postgresql://weighbridge@db/new weighbridge restore /backup',
];
const NOTES = `Runs where the server will run, without one, into a data folder and a database that hold no registry. It takes the settings of weighbridge serve: with DATABASE_URL the database is a PostgreSQL server, whichever it was before. All is checked before anything is written. If it is stopped, run it again.

Tokens are valid as they were at the time of the backup; admin-token is not part of it.

Exit codes: 0 restored, 1 restored, but bytes are missing or the trail was changed, 2 nothing was restored.`;

export function configure(command: Command): void {
  const { data } = SETTINGS;
  explain(command, EXAMPLES, NOTES)
    .description('Make a registry from a backup.')
    .argument('<folder>', 'the folder of weighbridge backup')
    .option('--copy <name>', 'which copy, as its file is named (default: the newest)')
    .option('--data <data>', `${data.description} (${data.environment}; default: ${data.default})`)
    .option('--without-damaged', 'go on although bytes in the folder are damaged or missing')
    .option('--json', 'print JSON')
    .action(async (folder: string, options: Options) => {
      process.exitCode = await restore(folder, options);
    });
}

async function restore(folder: string, options: Options): Promise<number> {
  const { data, copy = null, withoutDamaged = false, json } = options;
  const config = loadConfig(undefined, { data });
  const { restoreRegistry } = await import('../restore.js');
  const follow = (doing: string, total: number) => showBar(doing, total, ' artifacts');
  const restored = await restoreRegistry(config, { folder, copy, withoutDamaged, follow });
  const { head, end, artifacts, damaged, events, findings } = restored;
  for (const digest of damaged) complain(`${digest} is not there: its bytes are damaged or missing in the backup`);
  for (const { modelName, sequence, fault } of findings)
    complain(`event ${sequence} of ${modelName ?? 'the registry'} is ${fault}, as it was when it was backed up`);
  const facts = {
    copy: restored.copy,
    takenAt: head.takenAt,
    rows: end.rows,
    artifacts: artifacts.size,
    damaged,
    events,
    findings,
  };
  const told = `Restored ${safeText(restored.copy)}, by Weighbridge ${safeText(head.weighbridge)}: ${counted(end.rows, 'row')}, ${counted(artifacts.size - damaged.length, 'artifact')}, a trail of ${counted(events, 'event')}${findings.length === 0 ? ', all intact' : `, ${count(findings.length)} of them changed`}.\nStart it with weighbridge serve and the same settings; use a token of the registry that was backed up.\n`;
  await print(json ? `${safeJson(facts, 2)}\n` : told);
  return damaged.length + findings.length > 0 ? 1 : 0;
}
