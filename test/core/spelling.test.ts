// Which name is likely meant, and which one is a typing error of another.
import { isMisspelt, likeliest } from '../../src/core/spelling.js';

describe('the likeliest name', () => {
  const names = ['MODEL_PARAMS', 'RECURRENT_PER_USE', 'BYTE_SIZE'];
  it.each([
    ['MODEL_PARMS', 'MODEL_PARAMS'],
    ['recurrent_peruse', 'RECURRENT_PER_USE'],
    ['BYTES_SIZE', 'BYTE_SIZE'],
    ['LATENCY', null],
    ['', null],
  ])('of %j is %j', (text, name) => {
    expect(likeliest(text, names)).toBe(name);
  });
});

describe('a typing error', () => {
  it.each([
    ['speach', 'speech'],
    ['speehc', 'speech'],
    ['speec', 'speech'],
    ['speeech', 'speech'],
    ['team/speach-v2', 'team/speech-v2'],
    ['Speach', 'speech'],
  ])('is %j beside %j', (text, name) => {
    expect(isMisspelt(text, name)).toBe(true);
  });

  it.each([
    ['speech', 'speech'],
    ['meter-104', 'meter-100'],
    ['meter2', 'meter'],
    ['wake-de', 'wake-en'],
    ['model-b', 'model-a'],
    ['decoder', 'encoder'],
    ['speech-small', 'speech'],
    ['speach-smal', 'speech-small'],
  ])('is not %j beside %j', (text, name) => {
    expect(isMisspelt(text, name)).toBe(false);
  });
});
