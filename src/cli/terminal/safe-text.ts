/**
 * The one way in which text from models, servers and file names reaches a terminal. Escapes everything that could move the
 * cursor, change a colour, hide itself or turn the reading direction; never drops anything silently.
 */

/**
 * Control, format, surrogate, private and unassigned code points, line separators, and what renders as nothing; and the first character of
 * `##[…]` and `##word[…]`, which CI hosts obey wherever it stands in a line of a log.
 */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|#(?=#\w*\[)/gu;
/** `::` where a line begins, blanks before it or not: the other form of such a command, common inside of names (`onnx::LSTM_12`). */
const LINE_COMMAND = /^([^\S\n]*):(?=:)/gm;

/** One line of visible characters: `\u{1b}` stands for an escape character, `\u{a}` for a line break. */
export function safeText(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** As safeText, for text of several lines (a message of a library): line breaks and tabs stay. */
export function safeLines(text: string): string {
  return text.split('\n').map(safeText).join('\n');
}

/**
 * What `print` and `complain` do to every text, laid out as it is: no line begins with `::`, whichever piece of a name a table or a wrapped line
 * begins with.
 */
export function withoutCommands(text: string): string {
  return text.replace(LINE_COMMAND, '$1\\u{3a}');
}

/** JSON that parses to the same value and holds nothing that a terminal would act on. */
export function safeJson(value: unknown, indent?: number): string {
  // C0 controls in the text are layout: within strings they are escaped already.
  return (JSON.stringify(value, null, indent) ?? 'null').replace(UNSAFE, (character) =>
    character < ' '
      ? character
      : Array.from({ length: character.length }, (_, at) => escapedUnit(character, at)).join(''),
  );
}

/** Members of a list in one piece: some 100 kB of text. */
const PORTION = 100;

/** The text of `safeJson(value, 2)` in pieces: 20,000 nodes are 50 MB of it, which need not be held whole. */
export function* safeJsonPieces(value: object): Generator<string> {
  let before = '{';
  for (const [key, member] of Object.entries(value) as [string, unknown][]) {
    if (member === undefined) continue;
    yield `${before}\n  ${safeJson(key)}: `;
    before = ',';
    if (Array.isArray(member) && member.length > PORTION) yield* listPieces(member);
    else yield indented(safeJson(member, 2));
  }
  yield before === '{' ? '{}' : '\n}';
}

function* listPieces(list: readonly unknown[]): Generator<string> {
  let before = '[';
  for (let start = 0; start < list.length; start += PORTION) {
    // Without the brackets of the portion, each on a line of its own.
    const members = safeJson(list.slice(start, start + PORTION), 2).slice(1, -2);
    yield before + indented(members);
    before = ',';
  }
  yield '\n  ]';
}

/** Line breaks are layout: within strings they are escaped. */
function indented(json: string): string {
  return json.replaceAll('\n', '\n  ');
}

function escapedUnit(character: string, at: number): string {
  return `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
}
