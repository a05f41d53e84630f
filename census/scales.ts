/** The processes that weigh, side by side: a file that ends one of them or never answers is a finding, and the others go on. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Found } from './model-files.js';
import type { Request } from './weigh.js';
import type { Weighed } from './weighed.js';

/** The reader ends by itself long before; only a disk that does not answer takes longer. */
const MAX_SECONDS = 1_800;
/** A process is replaced after a file that needed more: what it leaves behind would be told of the files that follow. */
const MAX_KEPT_BYTES = 256 * 2 ** 20;
/** Of what a process writes before it ends, which says why. */
const MAX_LAST_WORDS = 2_000;

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PROGRAM = fileURLToPath(new URL('./weigh.ts', import.meta.url));

/** Resolves when all are weighed, or soon after the signal; `take` gets each as it comes. */
export async function weighAll(
  { root, processes, signal }: { root: string; processes: number; signal: AbortSignal },
  files: AsyncGenerator<Found>,
  take: (weighed: Weighed) => Promise<void>,
): Promise<void> {
  await Promise.all(
    Array.from({ length: processes }, async () => {
      const scale = openScale(signal);
      try {
        // A generator answers one after another, so each file goes to one process.
        for (let next = await files.next(); !next.done && !signal.aborted; next = await files.next()) {
          const weighed =
            'file' in next.value ? await scale.weigh({ root, file: next.value.file }) : closed(next.value);
          if (weighed) await take(weighed);
        }
      } finally {
        scale.close();
      }
    }),
  );
}

function closed({ folder, problem }: { folder: string; problem: string }): Weighed {
  const message = `${folder}: ${problem}`;
  return { file: folder, outcome: 'UNREADABLE', code: 'FILE_UNREADABLE', message, figures: null, cost: null };
}

function openScale(signal: AbortSignal) {
  let running: { child: ChildProcess; lastWords: () => string } | null = null;

  const close = () => {
    running?.child.kill('SIGKILL');
    running = null;
  };
  signal.addEventListener('abort', close);

  /** Null when it was interrupted. */
  async function weigh(request: Request): Promise<Weighed | null> {
    const { child, lastWords } = (running ??= await start());
    if (signal.aborted) close();
    const answer = await answerOf(child, request);
    if (signal.aborted) return null;
    if (typeof answer === 'string') {
      close();
      const said = lastWords();
      return fault(request.file, said === '' ? answer : `${answer}: ${said}`);
    }
    if ((answer.cost?.peakBytes ?? 0) > MAX_KEPT_BYTES) close();
    return answer;
  }

  return { weigh, close };
}

async function start(): Promise<{ child: ChildProcess; lastWords: () => string }> {
  const child = fork(PROGRAM, { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let said = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-MAX_LAST_WORDS);
  });
  // Also when it cannot start: then the first file finds it gone.
  await Promise.race([once(child, 'message'), once(child, 'exit')]);
  return { child, lastWords: () => said.trim() };
}

/** What it found, or in words why there is no answer. */
function answerOf(child: ChildProcess, request: Request): Promise<Weighed | string> {
  return new Promise((resolve) => {
    const settle = (answer: Weighed | string) => {
      clearTimeout(timer);
      child.removeAllListeners('message').removeAllListeners('close');
      resolve(answer);
    };
    const timer = setTimeout(() => settle(`no answer within ${MAX_SECONDS} s`), MAX_SECONDS * 1_000);
    child.once('message', (answer) => settle(answer as Weighed));
    // Not 'exit': what it said comes first.
    child.once('close', (status, by) => settle(`the process that weighed it ended with ${by ?? `status ${status}`}`));
    if (child.exitCode !== null) settle(`the process that should weigh it ended with status ${child.exitCode}`);
    else child.send(request, (error) => error && child.kill('SIGKILL'));
  });
}

function fault(file: string, message: string): Weighed {
  return { file, outcome: 'FAULT', code: 'INTERNAL', message, figures: null, cost: null };
}
