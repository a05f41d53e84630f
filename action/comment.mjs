// Keeps one comment of ours on a pull request for each subject that is checked, for action.yml: node comment.mjs TEXT SUBJECT... Writes
// the file TEXT into it; an empty file means that there is nothing to say, and takes the comment away. The words of SUBJECT are compared.
import { readFileSync } from 'node:fs';

const { GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_TOKEN, PULL_REQUEST } = process.env;
const [file, ...subject] = process.argv.slice(2);
// Two hyphens or > would end the HTML comment.
const MARKER = `<!-- weighbridge ${encodeURIComponent(subject.join(' ')).replaceAll('-', '%2D')} -->`;

const text = readFileSync(file, 'utf8').trim();
const issues = `${GITHUB_API_URL}/repos/${GITHUB_REPOSITORY}/issues`;
const known = await findComment();
if (text === '') {
  if (known) await ask('DELETE', `${issues}/comments/${known.id}`);
} else {
  const body = `${MARKER}\n${text}\n`;
  if (!known) await ask('POST', `${issues}/${PULL_REQUEST}/comments`, { body });
  else if (known.body !== body) await ask('PATCH', `${issues}/comments/${known.id}`, { body });
}

/** The first that has our mark, over all pages. */
async function findComment() {
  for (let page = 1; ; page += 1) {
    const comments = await ask('GET', `${issues}/${PULL_REQUEST}/comments?per_page=100&page=${page}`);
    const found = comments.find(({ body }) => body.startsWith(MARKER));
    if (found || comments.length < 100) return found;
  }
}

async function ask(method, url, body) {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${GITHUB_TOKEN}`, accept: 'application/vnd.github+json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  return response.status === 204 ? null : response.json();
}
