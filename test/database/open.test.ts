import { openTestDatabase, type TestDatabase } from '../support/database.js';

describe('an opened database', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await openTestDatabase();
  });
  afterAll(() => test.drop());

  it('is migrated and answers', async () => {
    await test.database.ping();
    expect(await test.database.client.model.count()).toBe(0);
  });
});
