import { createStatementNames } from '../../src/database/statement-names.js';

it('gives one text one name, and none to texts beyond those that are kept', () => {
  const nameOf = createStatementNames(2);
  const [first, second] = [nameOf({ sql: 'SELECT 1' }), nameOf({ sql: 'SELECT 2' })];
  expect(first).not.toBe('');
  expect(second).not.toBe('');
  expect(second).not.toBe(first);
  expect(nameOf({ sql: 'SELECT 3' })).toBe('');
  expect(nameOf({ sql: 'SELECT 1' })).toBe(first);
});
