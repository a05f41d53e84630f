/** Text that people paste into a shell: a word of a command that is shown, whatever is in it. */

/** As it is where a shell reads it as one plain word, else quoted. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
