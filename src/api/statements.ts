/**
 * The statements of one operation: few at once, and none once its time is over. For what one operation has sent to the database all others wait;
 * what it has not sent yet, nobody has to stop.
 */
import pLimit from 'p-limit';
import type { Needs } from '../registry/needs.js';
import type { Deadline } from './deadline.js';

/** The same, with reads that keep to the operation. */
export function withinOperation(needs: Needs, deadline: Deadline): Needs {
  const limit = pLimit(needs.statementsAtOnce);
  return {
    ...needs,
    select: (statement) =>
      limit(() => {
        deadline.require();
        return needs.select(statement); // its place is free when the database has answered, not when the operation has
      }),
  };
}
