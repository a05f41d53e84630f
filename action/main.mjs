// What action.yml runs: finds what the branch began at, lets the bundled command check, writes the summary of the job, and keeps the comment.
// Takes everything from the environment, as a runner gives it. Names of files come from a branch: they are arguments, never text of a shell.
// Ends as the check does.
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const COULD_NOT_TELL = 2;
/** The host takes 1 MiB of a step. */
const MAX_SUMMARY_BYTES = 1_000_000;
/** In a release, and in a clone that has built it. */
const PROGRAMS = ['../dist/node/main.js', '../dist/packages/weighbridge/dist/node/main.js'];
const NO_PROGRAM =
  'this commit of the action has no built program: use a release tag (uses: …/weighbridge@v1), or in a clone run npm run build first';
const ONE_FILE = 'a model of a registry is one file: with "name", give "model" one line';
const UNSAFE_EVENT =
  'pull_request_target runs with secrets and checks out the target branch, not the change: use "on: pull_request"';

// Node's own code for a fault is 1, which is that of a failed check.
process.on('uncaughtException', (error) => {
  console.error(error);
  process.exit(COULD_NOT_TELL);
});

const { GITHUB_EVENT_NAME, GITHUB_EVENT_PATH, GITHUB_OUTPUT, GITHUB_REF = '', GITHUB_SHA } = process.env;
const { GITHUB_STEP_SUMMARY, RUNNER_TEMP = '.' } = process.env;
const event = GITHUB_EVENT_PATH ? JSON.parse(readFileSync(GITHUB_EVENT_PATH, 'utf8')) : {};
const folder = mkdtempSync(path.join(RUNNER_TEMP, 'weighbridge-'));
const reports = { json: path.join(folder, 'report.json'), markdown: path.join(folder, 'comment.md') };

process.exitCode = main();

function main() {
  const program = PROGRAMS.map((place) => fileURLToPath(new URL(place, import.meta.url))).find(existsSync);
  const patterns = input('model')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (GITHUB_EVENT_NAME === 'pull_request_target') return refuse(UNSAFE_EVENT);
  if (program === undefined) return refuse(NO_PROGRAM);
  if (patterns.length === 0) return refuse('in the workflow, under "with", is no "model": name a file or a pattern');
  if (input('name') !== '' && patterns.length > 1) return refuse(ONE_FILE);
  const { code, said } = check(program, patterns);
  finish(code, said);
  const number = event.pull_request?.number;
  if (input('comment') === 'true' && Number.isInteger(number)) comment(number, patterns);
  return code;
}

function check(program, patterns) {
  const [name, budgets, base] = [input('name'), input('budgets'), input('base') || defaultBase()];
  const given = (option, value) => (value === '' ? [] : [option, value]);
  const options = [
    ...(base === 'none' ? [] : given('--base', base)),
    ...given('--budgets', budgets),
    ...given('--fail-on', input('fail-on')),
    ...given('--url', input('url')),
    '--changes', // of the report in JSON; a file may be long
    ...[reports.json, reports.markdown, input('sarif')].flatMap((file) => given('--report', file)),
  ];
  const { status, stdout, stderr, error } = spawnSync(
    process.execPath,
    [program, 'check', ...options, '--', ...(name === '' ? [] : [name]), ...patterns],
    {
      encoding: 'utf8',
      maxBuffer: Infinity,
      stdio: ['ignore', 'pipe', 'pipe'],
      // Not as an argument: every process of the machine may read those.
      env: { ...process.env, ...(input('token') && { WEIGHBRIDGE_TOKEN: input('token') }) },
    },
  );
  const advice =
    name + budgets === '' && !existsSync('weighbridge.json')
      ? 'weighbridge: in the workflow that is, under "with": "budgets: FILE", or "name: NAME" for the budgets of a registry\n'
      : '';
  process.stdout.write(stdout ?? '');
  const said = `${stderr ?? ''}${error ? `weighbridge: ${error.message}\n` : ''}${advice}`;
  process.stderr.write(said);
  return { code: status ?? COULD_NOT_TELL, said };
}

/** What the change began at, as the event tells; the base in a budgets file comes first. Only what has the form of a commit is taken from it. */
function defaultBase() {
  if (baseOfBudgets()) return '';
  const { pull_request: pull, merge_group: group, before, repository } = event;
  // The host's own merge of the change into its target: the first parent is the target.
  if (pull && GITHUB_REF.endsWith('/merge') && headCommit() === GITHUB_SHA) return 'git:HEAD^';
  if (pull && isCommit(pull.base?.sha)) return `git:${pull.base.sha}...`;
  if (isCommit(group?.base_sha)) return `git:${group.base_sha}`;
  if (isCommit(before) && !/^0+$/.test(before)) return `git:${before}`;
  return `git:origin/${repository?.default_branch ?? 'HEAD'}...`;
}

function baseOfBudgets() {
  try {
    return JSON.parse(readFileSync(input('budgets') || 'weighbridge.json', 'utf8')).base;
  } catch {
    return undefined; // the check says what is wrong with the file
  }
}

function headCommit() {
  return spawnSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).stdout?.trim();
}

function isCommit(text) {
  return /^[0-9a-f]{40,64}$/.test(text ?? '');
}

/** What is decided before the check. */
function refuse(reason) {
  const said = `weighbridge: ${reason}\n`;
  process.stderr.write(said);
  finish(COULD_NOT_TELL, said);
  return COULD_NOT_TELL;
}

function finish(code, said) {
  // No file means that nothing was judged; an empty one, that nothing changed. Indented, the text is code and no Markdown.
  if (!existsSync(reports.markdown))
    writeFileSync(reports.markdown, `### Weighbridge could not decide\n\n${said.replace(/^(?=.)/gm, '    ')}`);
  const isReported = existsSync(reports.json);
  const verdict = isReported ? JSON.parse(readFileSync(reports.json, 'utf8')).conclusion : 'UNDECIDED';
  const isDecided = isReported && verdict !== 'SKIPPED' && code !== COULD_NOT_TELL;
  if (GITHUB_OUTPUT) {
    const outputs = {
      verdict: isDecided ? verdict : 'UNDECIDED',
      'exit-code': code,
      json: isReported ? reports.json : '',
    };
    for (const [name, value] of Object.entries(outputs)) appendFileSync(GITHUB_OUTPUT, `${name}=${value}\n`);
  }
  if (GITHUB_STEP_SUMMARY) appendFileSync(GITHUB_STEP_SUMMARY, summary(readFileSync(reports.markdown, 'utf8')));
}

/** In whole lines: half of one would end within code, or a table. */
function summary(text) {
  if (Buffer.byteLength(text) <= MAX_SUMMARY_BYTES) return text;
  const kept = Buffer.from(text).subarray(0, MAX_SUMMARY_BYTES);
  const whole = kept.subarray(0, kept.lastIndexOf('\n') + 1).toString();
  return `${whole}\nA summary takes no more: the output \`json\` of this step names the file with the rest.\n`;
}

function comment(number, patterns) {
  const script = fileURLToPath(new URL('comment.mjs', import.meta.url));
  spawnSync(process.execPath, [script, reports.markdown, input('name'), ...patterns, input('budgets')], {
    stdio: 'inherit',
    env: {
      NODE_USE_ENV_PROXY: '1', // fetch goes by the proxy of a runner only if told
      ...process.env,
      GITHUB_TOKEN: input('github-token'),
      PULL_REQUEST: String(number),
      MATRIX: input('matrix'),
    },
  });
}

/** As a runner hands inputs over. */
function input(name) {
  return (process.env[`INPUT_${name.toUpperCase()}`] ?? '').trim();
}
