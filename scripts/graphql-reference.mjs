// The reference page of the GraphQL schema, docs/graphql-reference.md: all that the schema says of itself, as text. It adds nothing
// of its own, and leaves out what GraphQL brings along (introspection, built-in scalars and directives).
import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  getNamedType,
} from 'graphql';

const HEAD = `# GraphQL reference

Made from the schema by \`npm run emit\`; a test compares the two. [graphql.md](graphql.md) explains the questions with examples that
are run, [counting.md](counting.md) what the figures mean. \`!\` marks what is never null, \`[…]\` a list.
`;

/** Markdown of the whole schema: queries, mutations, then the types by kind, each in alphabetical order. */
export function graphqlReference(schema) {
  const roots = [schema.getQueryType(), schema.getMutationType()].filter((type) => type);
  const types = Object.values(schema.getTypeMap())
    .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type) && !roots.includes(type))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const kinds = [
    ['Objects', isObjectType],
    ['Interfaces', isInterfaceType],
    ['Inputs', isInputObjectType],
    ['Enums', isEnumType],
    ['Scalars', isScalarType],
  ];
  const parts = [
    ...roots.map((type) => `## ${type.name}\n\n${fieldsOf(type)}`),
    ...kinds.flatMap(([title, fits]) => {
      const members = types.filter(fits);
      return members.length === 0 ? [] : [`## ${title}`, ...members.map(typeOf)];
    }),
  ];
  return `${[HEAD.trimEnd(), ...parts].join('\n\n')}\n`;
}

function typeOf(type) {
  const body = isEnumType(type)
    ? table(['value', 'what'], type.getValues().map(valueRow))
    : isScalarType(type)
      ? ''
      : fieldsOf(type);
  return [`### ${type.name}`, prose(type.description), body].filter((part) => part !== '').join('\n\n');
}

function fieldsOf(type) {
  const rows = Object.values(type.getFields()).map((field) => [
    `\`${field.name}\``,
    linked(field.type),
    [cell(field.description), defaultOf(field), deprecated(field), ...(field.args ?? []).map(argument)]
      .filter((part) => part !== '')
      .join('<br>'),
  ]);
  return table([isInputObjectType(type) ? 'input' : 'field', 'type', 'what'], rows);
}

function argument(arg) {
  return `\`${arg.name}\` ${linked(arg.type)}: ${[cell(arg.description), defaultOf(arg), deprecated(arg)].filter((part) => part !== '').join(' ')}`;
}

const valueRow = (value) => [
  `\`${value.name}\``,
  [cell(value.description), deprecated(value)].filter((part) => part !== '').join(' '),
];

const defaultOf = ({ defaultValue }) =>
  defaultValue === undefined ? '' : `Default: \`${cell(JSON.stringify(defaultValue))}\`.`;

const deprecated = ({ deprecationReason }) => (deprecationReason ? `**Deprecated:** ${cell(deprecationReason)}` : '');

/** The type as GraphQL writes it, its name a link to its part of the page; a backslash keeps the bracket of a list text. */
function linked(type) {
  const { name } = getNamedType(type);
  const link = isSpecifiedScalarType(getNamedType(type)) ? name : `[${name}](#${name.toLowerCase()})`;
  const [before, after] = String(type).split(name);
  return `${before.replaceAll('[', '\\[')}${link}${after.replaceAll(']', '\\]')}`;
}

function table(head, rows) {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** A line break would end the row, a bar the cell. */
const cell = (text) => prose(text).replace(/\s+/g, ' ').replaceAll('|', '\\|');

/** Angle brackets would be taken for HTML. */
const prose = (text) => (text ?? '').trim().replaceAll('<', '&lt;');
