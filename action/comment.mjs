// Keeps one comment of ours on a pull request for each job and subject, for action.yml: node comment.mjs TEXT SUBJECT... Writes the file TEXT
// into it; an empty file means that there is nothing to say, and takes the comment away. Ends with 0 whatever the host answers: the check has
// its own exit code, and its text is in the summary of the job. The words of SUBJECT are compared.
import { readFileSync } from 'node:fs';

const { GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_TOKEN, PULL_REQUEST } = process.env;
const { GITHUB_JOB = '', GITHUB_RUN_ID, GITHUB_SERVER_URL } = process.env;
/** Of this run of the job; null without a matrix. */
const MATRIX = matrixOf(process.env.MATRIX ?? '');

/** The host says characters; no text has more of them than bytes. */
const MAX_COMMENT_BYTES = 65_536;
/** A host that does not answer must not keep the job. */
const PATIENCE_MS = 30_000;

const [file, ...subject] = process.argv.slice(2);
// Two hyphens or > would end the HTML comment.
const identity = encodeURIComponent(JSON.stringify([GITHUB_JOB, MATRIX, subject])).replaceAll('-', '%2D');
const MARKER = `<!-- weighbridge ${identity} -->`;
const issues = `${GITHUB_API_URL}/repos/${GITHUB_REPOSITORY}/issues`;

try {
  await keepComment(readFileSync(file, 'utf8').trim());
} catch (error) {
  const advice = isForbidden(error)
    ? 'The token may not comment: on a pull request from a fork it never may, otherwise the workflow needs the permission pull-requests: write.'
    : error.message;
  annotate(
    isForbidden(error) ? 'notice' : 'warning',
    `The pull request has no comment of this check. ${advice} The result is in the summary of this job.`,
  );
}

async function keepComment(text) {
  const known = await findComment();
  if (text === '') {
    if (known) await ask('DELETE', `${issues}/comments/${known.id}`);
    return;
  }
  const body = fitting(text);
  if (!known) await ask('POST', `${issues}/${PULL_REQUEST}/comments`, { body });
  else if (known.body !== body) await ask('PATCH', `${issues}/comments/${known.id}`, { body });
}

/** The first of ours that has our mark, over all pages. Whoever wrote another could change it after us. */
async function findComment() {
  let isOurs;
  for (let page = 1; ; page += 1) {
    const comments = await ask('GET', `${issues}/${PULL_REQUEST}/comments?per_page=100&page=${page}`);
    const marked = comments.filter(({ body }) => body?.startsWith(MARKER));
    if (marked.length > 0) isOurs ??= await authorTest();
    const found = marked.find(({ user }) => isOurs(user));
    if (found || comments.length < 100) return found;
  }
}

/** Whom the token comments as: a person is told who that is; the token of a workflow is not, and comments as a bot. */
async function authorTest() {
  try {
    const { login } = await ask('GET', `${GITHUB_API_URL}/user`);
    return (user) => user?.login === login;
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return (user) => user?.type === 'Bot';
  }
}

/** As many whole lines as a comment takes: half of one would end within code, or a table. */
function fitting(text) {
  const head = `${MARKER}\n`;
  const foot = MATRIX === null ? '' : `\nJob ${code(`${GITHUB_JOB} ${JSON.stringify(MATRIX)}`)}\n`;
  if (Buffer.byteLength(head + text + foot) < MAX_COMMENT_BYTES) return `${head}${text}\n${foot}`;
  const run = `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
  const rest = `\n\nA comment takes no more: the rest is in the [summary of the job](${run}).\n`;
  let room = MAX_COMMENT_BYTES - Buffer.byteLength(head + rest + foot);
  const lines = [];
  for (const line of text.split('\n')) {
    room -= Buffer.byteLength(line) + 1;
    if (room < 0) break;
    lines.push(line);
  }
  return head + lines.join('\n') + rest + foot;
}

/**
 * `toJSON(matrix)`: a host fills the context in only for jobs of a matrix, and gives null or an empty object otherwise. Sorted, so that the mark
 * does not depend on the order in which a workflow names its values; kept as text where it is no JSON.
 */
function matrixOf(text) {
  if (text.trim() === '') return null;
  try {
    const matrix = JSON.parse(text);
    const entries = Object.entries(matrix ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    return entries.length === 0 ? null : Object.fromEntries(entries);
  } catch {
    return text;
  }
}

function code(text) {
  return `\`${text.replaceAll('`', "'")}\``;
}

async function ask(method, url, body) {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${GITHUB_TOKEN}`, accept: 'application/vnd.github+json' },
    signal: AbortSignal.timeout(PATIENCE_MS),
    ...(body && { body: JSON.stringify(body) }),
  });
  if (response.ok) return response.status === 204 ? null : response.json();
  throw Object.assign(new Error(`The host answered ${response.status}: ${await response.text()}`), {
    status: response.status,
  });
}

/** 404 is how a host says 403 of what a token may not even see. */
function isForbidden({ status }) {
  return status === 401 || status === 403 || status === 404;
}

/** One line that the host shows beside the job; what is not escaped in it would end it. */
function annotate(level, text) {
  const data = text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  console.log(`::${level} title=Weighbridge::${data}`);
}
