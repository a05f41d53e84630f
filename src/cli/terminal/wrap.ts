/** Long lines for people, broken between words. */
import { safeText } from './safe-text.js';
import { cutMiddle } from './table.js';

/** Safe text over as many lines as it needs, at most ten; continued lines are indented. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of safeText(text).split(/(?<= )/)) {
    if (line !== '' && line.trimEnd() !== '' && (line + word).trimEnd().length > width) {
      lines.push(line.trimEnd());
      line = '    ';
    }
    line += word;
  }
  lines.push(line);
  return lines.slice(0, 10).map((piece) => cutMiddle(piece.trimEnd(), width));
}
