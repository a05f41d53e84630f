/** What `weighbridge inspect --json` prints of the same file. Pure. */
import type { WeighedFile } from '../../core/weigh/messages.js';

export function answerText(file: string, { tensors: _, estimates: __, ...inspection }: WeighedFile): string {
  return JSON.stringify([{ file, ...inspection }], null, 2);
}
