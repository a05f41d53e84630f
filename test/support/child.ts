/** Runs TypeScript sources in a process of their own, which a test may kill; it also ends when the test's process does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Child {
  /** The next line of standard output; undefined when there is none any more. */
  nextLine(): Promise<string | undefined>;
  /** SIGKILL; resolves, when the process is gone, to the lines that it wrote and that were not yet read. */
  kill(): Promise<string[]>;
}

export function runTypeScript(file: URL, ...args: string[]): Child {
  return runTypeScriptWith({}, file, ...args);
}

/** On a disk that fails as the file `orders` says, which need not be there yet: see failing-disk.mjs. */
export function runTypeScriptOnFailingDisk(orders: string, file: URL, ...args: string[]): Child {
  return runTypeScriptWith({ FAILING_DISK: orders, NODE_OPTIONS: FAILING_DISK_OPTIONS }, file, ...args);
}

const FAILING_DISK_OPTIONS = `--import ${new URL('failing-disk.mjs', import.meta.url).href}`;

function runTypeScriptWith(env: Record<string, string>, file: URL, ...args: string[]): Child {
  const hooks = fileURLToPath(new URL('typescript.mjs', import.meta.url));
  const child = spawn(process.execPath, ['--import', hooks, fileURLToPath(file), ...args], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async () => {
    const next = await lines.next();
    return next.done === true ? undefined : next.value;
  };
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
    const rest: string[] = [];
    for (let line = await nextLine(); line !== undefined; line = await nextLine()) rest.push(line);
    return rest;
  };
  return { nextLine, kill };
}
