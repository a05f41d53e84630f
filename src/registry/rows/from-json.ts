/** JSON columns, to the types of core that this program wrote into them: nobody else writes them. */
import type { Prisma } from '../../database/client.js';

export function fromJson<T>(value: Prisma.JsonValue): T {
  return value as T;
}
