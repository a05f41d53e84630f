/** Uploads whose token was taken back while they ran: refused, and kept in the trail, since somebody may have tried what was forbidden. */
import type { Principal } from '../../core/principal.js';
import { retried } from '../faults.js';
import type { Needs } from '../needs.js';
import { takeTurn } from '../rows/counter.js';
import { findNamed } from '../rows/model-names.js';
import { recordEvent } from '../trail/trail.js';
import { isLapse } from './tokens.js';

/** Does the work, and records that it was refused where `requireStillGranted` refused it. Rejects as the work does. */
export async function unlessLapsed<T>(
  needs: Needs,
  by: Principal,
  modelName: string | null,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isLapse(error)) await recordRefusal(needs, by, modelName, error.message);
    throw error;
  }
}

/** Of a model that is not there it is an event without a model. */
function recordRefusal(needs: Needs, by: Principal, modelName: string | null, reason: string): Promise<unknown> {
  return retried(() =>
    needs.database.$transaction(async (transaction) => {
      const model = modelName === null ? null : await findNamed(transaction, modelName);
      if (model !== null) await takeTurn(transaction, model.name);
      const details = { reason, ...(modelName !== null && { model: modelName }) };
      await recordEvent(transaction, { action: 'UPLOAD_REFUSED', by, model: model?.name ?? null, details });
    }),
  );
}
