/**
 * For statements whose loss at a power cut, or when the database crashes, is no loss, since what follows from them is lost with them: their commit does not wait for the disk, which
 * takes as long as everything else that is being written there.
 */
import { Prisma } from '../../database/client.js';

/** An expression for RETURNING: holds for the transaction in which a row is written, which must be this statement's own. */
export const NOT_SYNCED = Prisma.sql`set_config('synchronous_commit', 'off', true)`;
