/** `weighbridge token`: creates, lists and revokes tokens of a registry. A secret is printed once, alone, on standard output. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { SCOPES, type Scope } from '../../core/principal.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { columns, complain, print } from '../terminal/output.js';
import { connect, throwUserErrors, type ConnectionOptions } from '../client/registry-client.js';
import {
  CreateToken,
  RevokeToken,
  Tokens,
  type TokenFactsFragment,
  type TokensQuery,
} from '../generated/operations.js';
import { safeJson, safeText } from '../terminal/safe-text.js';
import { renderTable } from '../terminal/table.js';

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
  addConnectionOptions(create)
    .addHelpText(
      'after',
      `
Examples:
  $ weighbridge token create ci --scope publish --models 'silero-*' > ci-token
  $ weighbridge token create auditor
`,
    )
    .action(createToken);

  const list = command
    .command('list')
    .description('List all tokens, without their secrets.')
    .option('--json', 'print JSON');
  addConnectionOptions(list).addHelpText('after', '\nExample:\n  $ weighbridge token list\n').action(listTokens);

  const revoke = command
    .command('revoke')
    .description('Revoke a token: it stops working at once.')
    .argument('<id>', 'id of the token, as `token list` prints it');
  addConnectionOptions(revoke)
    .addHelpText('after', '\nExample:\n  $ weighbridge token revoke VG9rZW46MTIz\n')
    .action(revokeToken);

  command.addHelpText(
    'after',
    "\nExamples:\n  $ weighbridge token create ci --scope publish --models 'silero-*'\n  $ weighbridge token list\n",
  );
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

async function listTokens(options: ConnectionOptions & { json?: true }): Promise<void> {
  const client = await connect(options);
  const tokens: TokenFactsFragment[] = [];
  let after: string | null = null;
  do {
    const page: TokensQuery = await client.ask(Tokens, { after });
    tokens.push(...page.tokens.nodes);
    after = page.tokens.pageInfo.hasNextPage ? page.tokens.pageInfo.endCursor : null;
  } while (after !== null);
  if (options.json) return print(`${safeJson(tokens, 2)}\n`);
  const rows = tokens.map((token) =>
    [token.id, token.name, token.hint, token.scopes.join(' ').toLowerCase(), token.models, stateOf(token)].map(
      safeText,
    ),
  );
  const heads = [
    { head: 'id' },
    { head: 'name', shrinkTo: 8 },
    { head: 'begins' },
    { head: 'scopes', shrinkTo: 8 },
    { head: 'models', shrinkTo: 8 },
    { head: 'state' },
  ];
  await print(`${renderTable(heads, rows, columns())}\n`);
}

async function revokeToken(id: string, options: ConnectionOptions): Promise<void> {
  const client = await connect(options);
  const { revokeToken: answer } = await client.ask(RevokeToken, { id });
  throwUserErrors(answer.userErrors);
  await print(`Revoked ${safeText(answer.token?.name ?? id)}\n`);
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
