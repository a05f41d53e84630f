/** `weighbridge token`: creates, lists and revokes tokens of a registry. A secret is printed once, alone, on standard output. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { SCOPES, type Scope } from '../../core/principal.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { readPages } from '../client/pages.js';
import { addListOptions, wantedOf, type ListOptions } from '../options/list-options.js';
import { explain } from '../terminal/help.js';
import { complain, print } from '../terminal/output.js';
import { printDone, printList } from '../terminal/records.js';
import { connect, type ConnectionOptions } from '../client/connect.js';
import { throwUserErrors } from '../client/registry-client.js';
import { CreateToken, RevokeToken, Tokens, type TokenFactsFragment } from '../generated/operations.js';
import { safeJson, safeText } from '../terminal/safe-text.js';

interface CreateOptions extends ConnectionOptions {
  scope: Scope[];
  models?: string;
  expiresInDays?: number;
  json?: true;
}

/** As the registry has it: ten years. */
const MAX_DAYS = 3_650;

export function configure(command: Command): void {
  command.description('Create, list and revoke tokens. Needs a token with the scope admin.');
  const create = command
    .command('create')
    .description('Create a token. Its secret is shown once and never stored.')
    .argument('<name>', 'what the token is for; shown as publishedBy')
    .addOption(
      new Option('--scope <scope...>', 'what it may do in addition to reading')
        .choices(SCOPES)
        .default(['read'], '"read"'),
    )
    .option(
      '--models <pattern>',
      'models it applies to; * alone is all, elsewhere * is any run of characters and ? is one, but neither matches a slash (default: as the creating token)',
    )
    .option('--expires-in-days <days>', `from 1 to ${MAX_DAYS} (default: 90)`, days)
    .option('--json', "print the registry's answer as JSON, including the secret");
  explain(addConnectionOptions(create), [
    "weighbridge token create ci --scope publish --models 'silero-*' > ci-token",
    'weighbridge token create auditor',
  ]).action(createToken);

  const list = command.command('list').description('List the tokens that yours may revoke, without their secrets.');
  explain(addListOptions(list), ['weighbridge token list']).action(listTokens);

  const revoke = command
    .command('revoke')
    .description('Revoke a token: it stops working at once.')
    .argument('<id>', 'id of the token, as `token list` prints it')
    .option('--json', 'print JSON');
  explain(addConnectionOptions(revoke), ['weighbridge token revoke VG9rZW46MTIz']).action(revokeToken);
  explain(command, ["weighbridge token create ci --scope publish --models 'silero-*'", 'weighbridge token list']);
}

async function createToken(name: string, options: CreateOptions): Promise<void> {
  const client = await connect(options);
  const { createToken: answer } = await client.ask(CreateToken, {
    input: {
      name,
      scopes: options.scope.map((scope) => scope.toUpperCase() as Uppercase<Scope>),
      ...(options.models === undefined ? {} : { models: options.models }),
      ...(options.expiresInDays === undefined ? {} : { expiresInDays: options.expiresInDays }),
    },
  });
  throwUserErrors(answer.userErrors);
  if (options.json) return print(`${safeJson(answer, 2)}\n`);
  if (answer.token)
    complain(`token ${answer.token.name}, id ${answer.token.id}; this is the only time its secret is shown`);
  await print(`${safeText(answer.secret ?? '')}\n`);
}

async function listTokens(options: ListOptions & ConnectionOptions): Promise<void> {
  const client = await connect(options);
  const tokens = await readPages(wantedOf(options), async (first, after) => {
    return (await client.ask(Tokens, { first, after })).tokens;
  });
  await printList<TokenFactsFragment>(
    tokens,
    [
      { head: 'id', of: ({ id }) => id },
      { head: 'name', shrinkTo: 8, of: ({ name }) => name },
      { head: 'begins', of: ({ hint }) => hint },
      { head: 'scopes', shrinkTo: 8, of: ({ scopes }) => scopes.join(' ').toLowerCase() },
      { head: 'models', shrinkTo: 8, of: ({ models }) => models },
      { head: 'state', of: stateOf },
    ],
    { json: options.json, noun: 'tokens' },
  );
}

async function revokeToken(id: string, { json, ...connection }: ConnectionOptions & { json?: true }): Promise<void> {
  const client = await connect(connection);
  const { revokeToken: answer } = await client.ask(RevokeToken, { id });
  throwUserErrors(answer.userErrors);
  await printDone(`Revoked ${answer.token?.name ?? id}`, answer.token, json);
}

function stateOf(token: TokenFactsFragment): string {
  if (token.revokedAt !== null) return `revoked ${token.revokedAt.slice(0, 10)}`;
  return token.expiresAt === null ? 'valid' : `until ${token.expiresAt.slice(0, 10)}`;
}

function days(text: string): number {
  const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : NaN;
  if (value >= 1 && value <= MAX_DAYS) return value;
  throw new InvalidArgumentError(`It must be a whole number of days from 1 to ${MAX_DAYS}.`);
}
