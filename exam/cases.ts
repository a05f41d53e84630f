/** The long questions, in the order in which they are asked. */
import type { ExamCase } from './case.js';
import { backupUnderLoad } from './cases/backup.js';
import { besideUploads, largeUploads } from './cases/beside-uploads.js';
import { clockSetBack } from './cases/clock.js';
import { damagedBlob } from './cases/damaged-blob.js';
import { failingDisk, failingLog, fullDisk, unready } from './cases/failing-disk.js';
import { oddRequests, signInLink } from './cases/front-door.js';
import { startsAtOnce, struckFleet } from './cases/fleet.js';
import { greedyReader } from './cases/greedy-reader.js';
import { killSweep } from './cases/kill-sweep.js';
import { leakedTokens } from './cases/leaked-tokens.js';
import { powerCutAfterAnswers, powerCutAfterMutations } from './cases/power-cuts.js';
import { mutations } from './cases/mutations.js';
import { firstStarts, fourServers, oneKilled, restartedDatabase } from './cases/several-servers.js';
import { signals } from './cases/signals.js';
import { slowClients } from './cases/slow-clients.js';
import { soak } from './cases/soak.js';

export const CASES: readonly ExamCase[] = [
  fullDisk,
  failingDisk,
  killSweep,
  powerCutAfterAnswers,
  slowClients,
  fourServers,
  oneKilled,
  powerCutAfterMutations,
  restartedDatabase,
  signals,
  leakedTokens,
  unready,
  largeUploads,
  backupUnderLoad,
  failingLog,
  damagedBlob,
  greedyReader,
  clockSetBack,
  besideUploads,
  firstStarts,
  startsAtOnce,
  struckFleet,
  mutations,
  oddRequests,
  signInLink,
  soak,
];
