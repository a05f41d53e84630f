// Starts a program that gives the tests a server and ends with its standard input: it says "ready" and some words, or "none" and why.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** `program` lies beside this file. `{ ready, stop }` with what it says; or `{ reason }` where there is no such server. */
export async function startChild(program) {
  const child = spawn(process.execPath, [fileURLToPath(new URL(program, import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.stdin.end();
    await gone;
  };
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), once(child, 'exit')]);
  const [, ready] = /^ready (.+)$/.exec(String(line)) ?? [];
  if (ready !== undefined) return { ready, stop };
  await stop();
  return { reason: /^none (.+)$/.exec(String(line))?.[1] ?? `${program} did not start` };
}
