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
  check?: boolean;
  json?: boolean;
}

const EXAMPLES = [
  'weighbridge restore /backup/weighbridge --data /var/lib/weighbridge',
  'weighbridge restore /backup/weighbridge --check',
  'DATABASE_URL=postgresql://weighbridge@db/new weighbridge restore /backup',
];
const NOTES = `Runs where the server will run, without one, into a data folder and a database that hold no registry. It takes the settings of weighbridge serve: with DATABASE_URL the database is a PostgreSQL server, whichever it was before. All is checked before anything is written. If it is stopped, run it again; start no server in between.

Tokens are valid as they were at the time of the backup; admin-token is not part of it.

Exit codes: 0 restored, 1 restored, but bytes are missing or the trail was changed, 2 nothing was restored, unless the message says that all rows were loaded. With --check: 0 all is intact, 1 bytes are damaged or missing, 2 the copy cannot be read.`;

export function configure(command: Command): void {
  const { data } = SETTINGS;
  explain(command, EXAMPLES, NOTES)
    .description('Make a registry from a backup.')
    .argument('<folder>', 'the folder of weighbridge backup, or a copy in it')
    .option('--copy <name>', 'which copy, as its file is named (default: the newest)')
    .option('--data <data>', `${data.description} (${data.environment}; default: ${data.default})`)
    .option('--without-damaged', 'go on although bytes in the folder are damaged or missing')
    .option('--check', 'read the copy and all bytes that it names, and restore nothing')
    .option('--json', 'print JSON')
    .action(async (folder: string, options: Options) => {
      process.exitCode = await restore(folder, options);
    });
}

async function restore(folder: string, options: Options): Promise<number> {
  const { data, copy = null, withoutDamaged = false, check = false, json } = options;
  const config = loadConfig(undefined, { data });
  const { checkBackup, nameDamaged, restoreRegistry } = await import('../restore.js');
  const follow = (doing: string, total: number) => showBar(doing, total, ' artifacts');
  const source = { folder, copy, follow };
  const found = check ? await checkBackup(source) : await restoreRegistry(config, { ...source, withoutDamaged });
  const { head, end, artifacts, damaged } = found;
  for (const each of damaged)
    complain(`${safeText(nameDamaged(each))}: its bytes are damaged or missing in the backup`);
  const facts = {
    copy: found.copy,
    registry: head.registry ?? null,
    takenAt: head.takenAt,
    rows: end.rows,
    artifacts: artifacts.size,
    damaged: damaged.map(({ digest }) => digest),
  };
  const whose = head.registry == null ? 'a registry without an identity yet' : `registry ${head.registry}`;
  const made = `${safeText(found.copy)}: ${safeText(whose)} as of ${head.takenAt}, by Weighbridge ${safeText(head.weighbridge)}`;
  const intact = artifacts.size - damaged.length;
  const bytes =
    damaged.length === 0 ? counted(intact, 'artifact') : `${count(intact)} of ${counted(artifacts.size, 'artifact')}`;
  if (!('events' in found)) {
    const told = `Checked ${made}: ${counted(end.rows, 'row')}, ${bytes}${damaged.length === 0 ? ', all intact' : ' intact'}.\n`;
    await print(json ? `${safeJson(facts, 2)}\n` : told);
    return damaged.length > 0 ? 1 : 0;
  }
  const { into, events, findings } = found;
  for (const { modelName, sequence, fault } of findings)
    complain(`event ${sequence} of ${modelName ?? 'the registry'} is ${fault}, as it was when it was backed up`);
  const changed = findings.length === 0 ? '' : `, ${count(findings.length)} of them changed`;
  const isIntact = damaged.length + findings.length === 0;
  const told = `Restored ${made}: ${counted(end.rows, 'row')}, ${bytes}, a trail of ${counted(events, 'event')}${changed}${isIntact ? ', all intact' : ''}.
It is in ${safeText(into)}. Start it with weighbridge serve and the same settings; use a token of the registry that was backed up.\n`;
  await print(json ? `${safeJson({ ...facts, into, events, findings }, 2)}\n` : told);
  return isIntact ? 0 : 1;
}
