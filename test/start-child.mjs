// Starts a program that gives the tests a server and ends with its standard input: it says "ready" and some words, or "none" and why.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * `program` lies beside this file. `{ ready, order, stop }` with what it says; or `{ reason }` where there is no such server. `order` gives a
 * program that takes orders one, a line, and waits for its "done".
 */
export async function startChild(program) {
  const child = spawn(process.execPath, [fileURLToPath(new URL(program, import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.stdin.end();
    await gone;
  };
  const output = createInterface(child.stdout);
  const nextLine = () => Promise.race([once(output, 'line'), gone]).then(String);
  const order = async (text) => {
    const answer = nextLine();
    child.stdin.write(`${text}\n`);
    const said = await answer;
    if (said !== 'done') throw new Error(`${program} was told ${text}: ${said}`);
  };
  const line = await nextLine();
  const [, ready] = /^ready (.+)$/.exec(line) ?? [];
  if (ready !== undefined) return { ready, order, stop };
  await stop();
  return { reason: /^none (.+)$/.exec(line)?.[1] ?? `${program} did not start` };
}
