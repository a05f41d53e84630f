// Loaded before a program whose memory is measured (node --import): on its way out it says on file descriptor 3 how many KiB it had at
// most, or nothing where the system does not tell. The peak that processes are born with on Linux is their parent's, so not that one.
import { readFileSync, writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  process.on('exit', () => {
    try {
      writeSync(3, /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
    } catch {
      // Not Linux.
    }
  });
}
