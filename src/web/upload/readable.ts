/** Whether the browser can still read a file: not a folder, nor one that was moved or changed since it was chosen. */
import { RequestFailed } from '../ask.js';

export const unreadable = (file: File): RequestFailed =>
  new RequestFailed('FILE_UNREADABLE', `the browser cannot read ${file.name}`);

export function isReadable(file: File): Promise<boolean> {
  const first = file.slice(0, 1).arrayBuffer();
  return first.then(
    () => true,
    () => false,
  );
}
