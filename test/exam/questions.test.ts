// The list of what the exam asks: each question is asked by a test that has its id in its name or by a case, and stands in the document.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { CASES } from '../../exam/cases.js';
import { describeQuestions, QUESTIONS } from '../../exam/questions.js';
import { filesByQuestion } from '../../exam/tests.js';

const IDS = QUESTIONS.map(({ id }) => id);
/** What is promised and not held yet, so that the exam fails. */
const UNASKED: string[] = [];

test('each question has an id of its own, and each is asked', () => {
  expect(new Set(IDS).size).toBe(IDS.length);
  expect(IDS.length).toBeGreaterThan(60);
  const asked = new Set([...filesByQuestion(new Set(IDS)).keys(), ...CASES.map(({ id }) => id)]);
  const unasked = QUESTIONS.filter(({ id, waits }) => !asked.has(id) && waits === undefined).map(({ id }) => id);
  expect(unasked).toEqual(UNASKED);
  expect(CASES.map(({ id }) => id).filter((id) => !IDS.includes(id))).toEqual([]);
});

test('docs/reliability.md has the list as it is: npm run exam -- --describe prints it', () => {
  // Prettier lays tables out.
  const plain = (text: string) => text.replace(/ +/g, ' ').replace(/-+/g, '-').replace(/\\/g, '');
  expect(plain(readFileSync('docs/reliability.md', 'utf8'))).toContain(plain(describeQuestions()).trim());
});

test('a question that is not there is refused before anything runs', async () => {
  const run = promisify(execFile)(process.execPath, [
    '--import',
    './test/support/typescript.mjs',
    'exam/run.ts',
    'Z99',
  ]);
  await expect(run).rejects.toMatchObject({ code: 2, stderr: 'exam: there is no question "Z99"; --list shows them\n' });
});
