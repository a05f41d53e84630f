/**
 * `weighbridge trail anchor`: the last hash of every chain of the trail, to be kept where those who can write to the database cannot, and
 * the comparison with it later.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { WeighbridgeError } from '../../core/errors.js';
import type { TrailFault, TrailPlace } from '../../core/trail.js';
import type { RegistryClient } from '../client/registry-client.js';
import { unreadable } from '../files/local-file.js';
import { TrailEnds, type TrailEndsQuery, TrailHashes } from '../generated/operations.js';

/** As many as the registry takes at once. */
const PLACES_AT_ONCE = 100;

const anchor = z.object({
  takenAt: z.iso.datetime(),
  ends: z
    .array(
      z.object({
        modelName: z.string().nullable(),
        sequence: z.int().min(1).max(2_147_483_647),
        hash: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .min(1),
});
export type TrailAnchor = z.output<typeof anchor>;

export async function takeAnchor(client: RegistryClient): Promise<TrailAnchor> {
  const takenAt = new Date().toISOString();
  const ends: TrailPlace[] = [];
  let after: string | null = null;
  do {
    const { trailEnds }: TrailEndsQuery = await client.ask(TrailEnds, { after });
    ends.push(...trailEnds.ends);
    after = trailEnds.next;
  } while (after !== null);
  return { takenAt, ends };
}

/** Throws FILE_UNREADABLE, and INPUT_INVALID for what is no anchor: nothing compared is nothing shown. */
export async function readAnchor(file: string): Promise<TrailAnchor> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw unreadable(file, error);
  });
  const { success, data } = anchor.safeParse(parse(text));
  if (success) return data;
  throw new WeighbridgeError('INPUT_INVALID', `${file} is not what weighbridge trail anchor writes`);
}

/** The places where the trail is no longer what it was when the anchor was taken. */
export async function compareWithAnchor(
  client: RegistryClient,
  { ends }: TrailAnchor,
): Promise<{ modelName: string | null; sequence: number; fault: TrailFault }[]> {
  const faults: { modelName: string | null; sequence: number; fault: TrailFault }[] = [];
  for (let at = 0; at < ends.length; at += PLACES_AT_ONCE) {
    const kept = ends.slice(at, at + PLACES_AT_ONCE);
    const places = kept.map(({ modelName, sequence }) => ({ modelName, sequence }));
    const { trailHashes } = await client.ask(TrailHashes, { places });
    kept.forEach(({ modelName, sequence, hash }, index) => {
      const found = trailHashes[index] ?? null;
      if (found === hash) return;
      faults.push({ modelName, sequence, fault: found === null ? 'CUT_OFF' : 'REWRITTEN' });
    });
  }
  return faults;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
