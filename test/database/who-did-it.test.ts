// A database from before names of tokens were unique: duplicates are told apart, and what one token alone can have done gets its id.
import { carriedOver } from '../support/older-database.js';

const WHO_DID_IT = '20261128194000_who_did_it';
const ids = [1, 2, 3, 4].map((last) => `0198a4a0-0000-7000-8000-00000000000${last}`);

it('lets the oldest token keep its name, and fills in whose name is unmistakable', async () => {
  const tokens = ['ci', 'CI', 'nightly', 'ci'].map(
    (name, at) =>
      `('${ids[at]}', '${name}', '\\x0${at}', 'wbr_', '{publish}', '*', '2026-05-0${at + 1}T00:00:00Z', 'weighbridge')`,
  );
  const fill = `
    INSERT INTO token (id, name, hash, hint, scopes, models, created_at, created_by) VALUES ${tokens.join(', ')};
    INSERT INTO model (id, name, created_by) VALUES
      (gen_random_uuid(), 'a', 'ci'), (gen_random_uuid(), 'b', 'nightly'), (gen_random_uuid(), 'c', 'weighbridge');`;
  const { names, models } = await carriedOver(WHO_DID_IT, fill, async (connection) => {
    const names = await connection.query<{ name: string }>('SELECT name FROM token ORDER BY created_at');
    const models = await connection.query('SELECT name, created_by_id FROM model ORDER BY name');
    const twice = connection.query(
      `INSERT INTO token (id, name, hash, hint, scopes, models, created_by) VALUES (gen_random_uuid(), 'NIGHTLY', '\\xff', '', '{}', '*', '')`,
    );
    await expect(twice).rejects.toThrow(/token_name_key/);
    return { names: names.rows.map(({ name }) => name), models: models.rows };
  });
  expect(names).toEqual(['ci', 'CI 000000000002', 'nightly', 'ci 000000000004']);
  expect(models).toEqual([
    { name: 'a', created_by_id: null },
    { name: 'b', created_by_id: ids[2] },
    { name: 'c', created_by_id: null },
  ]);
});
