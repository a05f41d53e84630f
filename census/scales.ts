/** The processes that weigh, side by side: a file that ends one of them or never answers is a finding, and the others go on. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
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
  let running: Running | null = null;

  const close = () => {
    running?.child.kill('SIGKILL');
    running = null;
  };
  signal.addEventListener('abort', close);

  /** Null when it was interrupted. */
  async function weigh(request: Request): Promise<Weighed | null> {
    const { child, ended, lastWords } = (running ??= await start());
    if (signal.aborted) close();
    const answer = await answerOf(child, ended, request);
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

interface Running {
  child: ChildProcess;
  /** How it ended, in words, whenever that was. */
  ended: Promise<string>;
  lastWords: () => string;
}

async function start(): Promise<Running> {
  const child = fork(PROGRAM, { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let said = '';
  child.stderr!.setEncoding('utf8').on('data', (words: string) => {
    said = `${said}${words}`.slice(-MAX_LAST_WORDS);
  });
  // Not 'exit': what it said comes first.
  const ended = (once(child, 'close') as Promise<[number | null, string | null]>).then(
    ([status, by]) => `the process that should weigh it ended with ${by ?? `status ${status}`}`,
  );
  // Also when it cannot start: then the first file finds it gone.
  await Promise.race([once(child, 'message'), ended]);
  return { child, ended, lastWords: () => said.trim() };
}

/** What it found, or in words why there is no answer. */
async function answerOf(child: ChildProcess, ended: Promise<string>, request: Request): Promise<Weighed | string> {
  const settled = new AbortController();
  const { signal } = settled;
  const answered = once(child, 'message', { signal }) as Promise<[Weighed]>;
  const late = pause(MAX_SECONDS * 1_000, `no answer within ${MAX_SECONDS} s`, { signal });
  // Whoever is gone ends `ended`, now or soon.
  child.send(request, () => undefined);
  try {
    return await Promise.race([answered.then(([weighed]) => weighed), ended, late]);
  } finally {
    settled.abort();
  }
}

function fault(file: string, message: string): Weighed {
  return { file, outcome: 'FAULT', code: 'INTERNAL', message, figures: null, cost: null };
}
