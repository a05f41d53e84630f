/** `weighbridge query`: sends a GraphQL operation from a file or standard input and prints the registry's answer as JSON. */
import { readFile } from 'node:fs/promises';
import { InvalidArgumentError, type Command } from 'commander';
import { explain } from './terminal/help.js';
import { WeighbridgeError } from '../core/errors.js';
import { addConnectionOptions } from './options/connection-options.js';
import { unreadable } from './files/local-file.js';
import { complain, print } from './terminal/output.js';
import { connect, type ConnectionOptions } from './client/connect.js';
import { isRecord, type GraphqlAnswer, type UserError } from './client/registry-client.js';
import { safeJson } from './terminal/safe-text.js';

interface Options extends ConnectionOptions {
  variable?: Record<string, unknown>;
  variables?: Record<string, unknown>;
  operation?: string;
}

const EXAMPLES = [
  "echo '{ server { version } }' | weighbridge query -",
  'weighbridge query sizes.graphql --variable n=silero-vad',
  `weighbridge query report.graphql --variables '{"first": 20}' > report.json`,
];
const NOTES = `The answer is printed whole, errors included. Exit codes: 0 when it has no errors, 2 when it has (also for userErrors of a mutation).`;

export function configure(command: Command): void {
  explain(command, EXAMPLES, NOTES);
  command
    .description('Run a GraphQL operation against a registry and print the answer.')
    .argument('<file>', 'the operation; - is standard input')
    .option(
      '--variable <name=value>',
      'a variable; its value is read as JSON where it is JSON, else as text; may be repeated',
      oneVariable,
    )
    .option('--variables <json>', 'all variables, as one JSON object', allVariables)
    .option('--operation <name>', 'which operation to run, when the file has several');
  addConnectionOptions(command).action(async (file: string, options: Options) => {
    process.exitCode = await query(file, options);
  });
}

async function query(file: string, options: Options): Promise<number> {
  const text = await readOperation(file);
  if (text.trim() === '') throw new WeighbridgeError('INPUT_INVALID', `${titleOf(file)} holds no operation`);
  const client = await connect(options);
  const answer = await client.graphql(text, { ...options.variables, ...options.variable }, options.operation);
  await print(`${safeJson(answer, 2)}\n`);
  const problems = problemsOf(answer);
  for (const problem of problems) complain(problem);
  return problems.length > 0 ? 2 : 0;
}

/** A line each. An operation may leave out what userErrors say, and their code. */
function problemsOf({ data, errors = [] }: GraphqlAnswer): string[] {
  const userErrors = Object.values(data ?? {}).flatMap((payload) =>
    isRecord(payload) && Array.isArray(payload.userErrors) ? (payload.userErrors as Partial<UserError>[]) : [],
  );
  return [...errors.map(({ message, extensions }) => ({ message, code: extensions?.code })), ...userErrors].map(
    ({ message, code }) => (message ?? 'refused') + (code === undefined ? '' : ` (${code})`),
  );
}

async function readOperation(file: string): Promise<string> {
  try {
    if (file !== '-') return await readFile(file, 'utf8');
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8');
  } catch (error) {
    throw unreadable(titleOf(file), error);
  }
}

function titleOf(file: string): string {
  return file === '-' ? 'standard input' : file;
}

function oneVariable(text: string, others: Record<string, unknown> = {}): Record<string, unknown> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Write name=value.');
  return { ...others, [text.slice(0, at)]: jsonOrText(text.slice(at + 1)) };
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function allVariables(text: string): Record<string, unknown> {
  const value = jsonOrText(text);
  if (isRecord(value)) return value;
  throw new InvalidArgumentError('It must be a JSON object.');
}
