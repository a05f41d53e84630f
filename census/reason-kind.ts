/** What the reasons of a verdict have in common: the words, without the names and figures of one file. */

const MAX_CHARACTERS = 200;

export function reasonKind(reason: string | null): string | null {
  if (reason === null) return null;
  const kind = reason
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '…')
    .replaceAll(/the input of .*? … has/g, 'the input of … has')
    .replaceAll(/\[[^\]]*\]/g, '[…]')
    .replaceAll(/(?<![\^−\d])-?\d+(?![\^\d])/g, '#'); // 2^53−1 is a word of ours
  return kind.length > MAX_CHARACTERS ? `${kind.slice(0, MAX_CHARACTERS)}…` : kind;
}
