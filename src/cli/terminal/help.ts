/**
 * How a command explains itself: usage, what it does, examples, then arguments and options, and at the end what else there is to know,
 * all of it broken for the terminal.
 */
import { Help, type Command } from 'commander';

interface Explanation {
  examples: readonly string[];
  notes: string;
}

const EXPLANATIONS = new WeakMap<Command, Explanation>();

/** `notes`: a paragraph or a row a line. */
export function explain(command: Command, examples: readonly string[], notes = ''): Command {
  EXPLANATIONS.set(command, { examples, notes });
  return command;
}

export const HELP_LAYOUT = {
  showGlobalOptions: false,
  formatHelp(command: Command, helper: Help): string {
    const standard = Help.prototype.formatHelp.call(helper, command, helper);
    const explanation = EXPLANATIONS.get(command);
    if (explanation === undefined) return standard;
    const { examples, notes } = explanation;
    const parts = standard.trimEnd().split('\n\n');
    const title = examples.length === 1 ? 'Example:' : 'Examples:';
    // After the usage and the description.
    parts.splice(2, 0, [title, ...examples.map((example) => `  $ ${example}`)].join('\n'));
    if (notes !== '') parts.push(helper.boxWrap(notes, helper.helpWidth ?? 80));
    return `${parts.join('\n\n')}\n`;
  },
};
