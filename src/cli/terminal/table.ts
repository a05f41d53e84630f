/**
 * Tables that fit a width: text is cut in its middle, where a graph path says least; figures are never cut. Where even that
 * does not fit, each row is written below one another. Cells must be safe text of one line.
 */
import stringWidth from 'string-width';
import { BETWEEN, fitSteps } from '../../core/graph-path.js';

export interface Column {
  head: string;
  align?: 'left' | 'right';
  /** May be cut down to this many columns; the first such column of a table gives way first. */
  shrinkTo?: number;
  /** Gives way before all others, and is left out where the table does not fit otherwise. */
  isOptional?: boolean;
  /** Sentences lose their end, graph paths scopes, everything else its middle. */
  cut?: 'end' | 'scopes';
  style?: (cell: string) => string;
}

const GAP = 2;

export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string {
  const widths = fit(columns, rows, width);
  const left = columns.findIndex(({ isOptional }) => isOptional);
  if (widths === null && left >= 0)
    return renderTable(
      columns.toSpliced(left, 1),
      rows.map((row) => row.toSpliced(left, 1)),
      width,
    );
  if (widths === null) return rows.map((row) => renderBelow(columns, row, width)).join('\n');
  const line = (render: (column: Column, index: number) => string) =>
    columns.map(render).join(' '.repeat(GAP)).trimEnd();
  return [
    line((column, index) => fill(column.head, widths[index] ?? 0, column.align)),
    ...rows.map((row) =>
      line((column, index) =>
        fill(cutTo(column, row[index] ?? '', widths[index] ?? 0), widths[index] ?? 0, column.align, column.style),
      ),
    ),
  ].join('\n');
}

/** The text in exactly `width` columns. A style may add bytes, but no width. */
function fill(text: string, width: number, align: Column['align'], style: Column['style'] = (cell) => cell): string {
  const cell = cutMiddle(text, width);
  const blanks = ' '.repeat(width - stringWidth(cell));
  return align === 'right' ? blanks + style(cell) : style(cell) + blanks;
}

function cutTo({ cut }: Column, text: string, width: number): string {
  if (cut === undefined || stringWidth(text) <= width) return text;
  if (cut === 'scopes') return fitSteps(text.split(BETWEEN), width);
  return `${take(Array.from(text), width - 1)
    .join('')
    .trimEnd()}…`;
}

/** The text itself, or its beginning and end around an ellipsis, at most `width` columns wide. */
export function cutMiddle(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  if (width <= 1) return '…'.slice(0, width);
  const characters = Array.from(text);
  const start = take(characters, Math.floor((width - 1) / 2));
  const end = take(characters.reverse(), width - 1 - stringWidth(start.join(''))).reverse();
  return `${start.join('')}…${end.join('')}`;
}

/** As many of the characters as fit `width` columns. */
function take(characters: readonly string[], width: number): string[] {
  const taken: string[] = [];
  let used = 0;
  for (const character of characters) {
    used += stringWidth(character);
    if (used > width) break;
    taken.push(character);
  }
  return taken;
}

/** A width for each column, or null where the figures alone are too wide. */
function fit(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): number[] | null {
  const widths = columns.map((column, index) =>
    rows.reduce((widest, row) => Math.max(widest, stringWidth(row[index] ?? '')), stringWidth(column.head)),
  );
  let excess = widths.reduce((sum, columnWidth) => sum + columnWidth + GAP, -GAP) - width;
  const byNeed = [...columns.entries()].sort(
    ([, one], [, other]) => Number(other.isOptional ?? false) - Number(one.isOptional ?? false),
  );
  for (const [index, column] of byNeed) {
    const columnWidth = widths[index] ?? 0;
    const give = Math.max(0, Math.min(excess, columnWidth - (column.shrinkTo ?? columnWidth)));
    widths[index] = columnWidth - give;
    excess -= give;
  }
  return excess > 0 ? null : widths;
}

/** The first cell on a line of its own, then the others with their heads, as many to a line as fit. */
function renderBelow(columns: readonly Column[], row: readonly string[], width: number): string {
  const lines = [cutMiddle(row[0] ?? '', width)];
  let line = '';
  columns.slice(1).forEach((column, index) => {
    const entry = cutMiddle(`${column.head} ${row[index + 1] ?? ''}`, width - GAP);
    if (line !== '' && stringWidth(line) + GAP + stringWidth(entry) > width) {
      lines.push(line);
      line = '';
    }
    line += `  ${entry}`;
  });
  return [...lines, line].join('\n');
}
