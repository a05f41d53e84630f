// Three processes of one registry behind haproxy, as docs/several-machines.md sets it up: the short form of what the exam does to four of them.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startFleet, strikeFleet } from '../../exam/fleet.js';
import { endServers } from '../../exam/server.js';
import { createEmptyDatabase, testServerUrl } from '../support/database.js';

const isHere = testServerUrl !== undefined && process.env['TEST_CLI_BUILT'] !== undefined;
if (!isHere)
  console.log('skipped: several processes behind haproxy; they need PostgreSQL, and packages that are built');

(isHere ? it : it.skip)(
  'lose nothing and answer no revoked token while one is killed, one stopped and haproxy reloaded (N01, N02)',
  async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'weighbridge-fleet-'));
    const { url, drop } = await createEmptyDatabase(testServerUrl ?? '');
    let stop = (): Promise<void> => Promise.resolve();
    try {
      const place = { data: path.join(folder, 'data'), databaseUrl: url, prefix: null };
      const fleet = await startFleet([place, place, place]);
      if (typeof fleet === 'string') {
        console.log(`skipped: several processes behind haproxy: ${fleet}`);
        return;
      }
      stop = () => fleet.stop();
      const blows = [
        {
          what: 'killed',
          async strike() {
            await fleet.servers[0]?.kill();
            await fleet.startAgain(0);
          },
        },
        { what: 'stopped', strike: async () => expect(await fleet.servers[1]?.stop()).toBe(0) },
        { what: 'reloaded', strike: () => fleet.balancer.reload() },
      ];
      const phases = await strikeFleet(fleet, blows, { rounds: 1, say: () => undefined });
      expect(phases.map(({ what, lost }) => [what, lost])).toEqual(
        ['nothing', 'killed', 'stopped', 'reloaded'].map((what) => [what, 0]),
      );
      for (const { acknowledged } of phases) expect(acknowledged.length).toBeGreaterThan(0);
    } finally {
      await stop();
      await endServers();
      await drop();
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    }
  },
  600_000, // what is struck is waited for longer than it may take anywhere
);
