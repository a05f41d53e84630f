/** Whether an op type calls itself a recurrent layer, also in other letters that look the same. Says nothing of what the operator does. */

/** Letters of other alphabets that look like those of LSTM, GRU and RNN. */
const LOOK_ALIKES: Record<string, string> = {
  Ѕ: 'S',
  Т: 'T',
  Τ: 'T',
  М: 'M',
  Μ: 'M',
  Ԍ: 'G',
  Ν: 'N',
  Ռ: 'R',
  Ս: 'U',
  Լ: 'L',
};

/** As words of their own, also where capitals begin them: not the "gru" of "congruent". */
const WORD = /(^|[^A-Za-z]|[a-z])(GRU|RNN)|(Gru|Rnn)([^a-z]|$)|(^|[^a-z])(gru|rnn)([^a-z]|$)/;
const LSTM = /lstm/i;

export function isRecurrentName(opType: string): boolean {
  const plain = [...opType.normalize('NFKC')].map((letter) => LOOK_ALIKES[letter] ?? letter).join('');
  const visible = plain.replace(/\p{Cf}/gu, '');
  return LSTM.test(visible) || WORD.test(visible);
}
