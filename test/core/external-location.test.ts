import { locationProblem, plainLocation, spellingsOf } from '../../src/core/external-location.js';

test.each([
  ['weights.bin', 'weights.bin'],
  ['./weights.bin', 'weights.bin'],
  ['.//./data//weights.bin', 'data/weights.bin'],
  // Whether these part names depends on the system: they stay as they are.
  ['data\\weights.bin', 'data\\weights.bin'],
  ['.\\weights.bin', '.\\weights.bin'],
  // None of these is a file in the folder: they stay for the refusal to show.
  ['/weights.bin', '/weights.bin'],
  ['../weights.bin', '../weights.bin'],
  ['a/../b', 'a/../b'],
  ['.', '.'],
  ['./', './'],
  ['file:///weights.bin', 'file:///weights.bin'],
  ['', ''],
])('one file has one spelling: %j is %j', (location, spelling) => {
  expect(plainLocation(location)).toBe(spelling);
  expect(plainLocation(spelling)).toBe(spelling);
});

test.each([
  'weights.bin',
  'data/weights.bin',
  'data\\weights.bin',
  '.\\weights.bin',
  'a..b',
  '...',
  'wéights 1.bin',
  'x'.repeat(255),
  `${'x'.repeat(255)}/${'y'.repeat(255)}`,
])('%j may be sent, kept and written', (location) => expect(locationProblem(location)).toBeNull());

test.each([
  ['', 'it names no file'],
  ['.', 'it names no file'],
  ['data/', 'it names no file'],
  ['data\\.', 'it names no file'],
  ['..', 'it leads out of the folder of the model'],
  ['data/../../weights.bin', 'it leads out of the folder of the model'],
  ['data\\..\\..\\weights.bin', 'it leads out of the folder of the model'],
  ['/weights.bin', 'it is an absolute path'],
  ['\\\\server\\weights.bin', 'it is an absolute path'],
  ['C:weights.bin', 'it has characters that no file name may have'],
  ['weights\0.bin', 'it has characters that no file name may have'],
  ['weights\u001b[2J', 'it has characters that no file name may have'],
  ['weights\u202enib.', 'it has characters that no file name may have'],
  ['\ud800', 'it has characters that no file name may have'],
  ['é'.repeat(128), 'it has a name longer than 255 bytes'],
  [Array(5).fill('x'.repeat(250)).join('/'), 'it is longer than 1024 bytes'],
])('%j is refused: %s', (location, problem) => expect(locationProblem(location)).toBe(problem));

test.each([
  ['weights.bin', ['weights.bin']],
  ['data\\weights.bin', ['data\\weights.bin', 'data/weights.bin']],
  ['.\\weights.bin', ['.\\weights.bin', 'weights.bin']],
])('%j may be at %j', (location, spellings) => {
  expect(spellingsOf(location)).toEqual(spellings);
});
