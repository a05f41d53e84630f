/** A04: after tokens were made, used, mistyped and revoked, neither the log nor the stored bytes hold one; nor the keys of an object store that failed. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { demand, type ExamCase } from '../case.js';
import { startServer } from '../server.js';
import { smallModel } from './models.js';

export const leakedTokens: ExamCase = {
  id: 'A04',
  title: 'tokens in the log and the database',
  async run(setting) {
    const place = await setting.newPlace();
    const { data, databaseUrl, prefix } = place;
    const server = await startServer({ ...place, env: { WEIGHBRIDGE_LOG_LEVEL: 'trace' } });
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = prefix?.env ?? {};
    const keys = [AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY].filter((key) => key !== undefined);
    const secrets = [server.token, ...keys];
    for (const name of ['one', 'two', 'three']) {
      const { createToken } = await server.ask<{ createToken: { secret: string; token: { id: string } } }>(
        'mutation ExamToken($name: String!) { createToken(input: { name: $name, scopes: [PUBLISH] }) { secret token { id } } }',
        { name },
      );
      secrets.push(createToken.secret);
      const as = { authorization: `Bearer ${createToken.secret}` };
      await fetch(`${server.url}/models/${name}/versions`, {
        method: 'PUT',
        headers: as,
        body: smallModel(1) as Uint8Array<ArrayBuffer>,
      });
      for (const route of [
        `/models/${createToken.secret}/versions/1/artifact`,
        `/artifacts/x?${createToken.secret}`,
        `/graphql?query=${createToken.secret}`,
      ]) {
        await fetch(server.url + route, { headers: as });
      }
      await fetch(`${server.url}/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-weighbridge-page': '1' },
        body: JSON.stringify({ token: createToken.secret }),
      });
    }
    if (setting.objectStore !== null) {
      await setting.objectStore.killGateway();
      const status = await server.publish('m', smallModel(2));
      demand(status === 503, `without the object store a publish is answered with ${status}`);
      await setting.objectStore.startGateway();
    }
    await server.stop();
    const places = new Map<string, string>([['the log', server.log()]]);
    for (const entry of await readdir(data, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.name === 'admin-token') continue;
      places.set(`the file ${entry.name}`, await readFile(path.join(entry.parentPath, entry.name), 'latin1'));
    }
    if (databaseUrl !== null) places.set('the database', await contentOf(databaseUrl));
    const found = [...places].flatMap(([place, text]) =>
      secrets.some((secret) => text.includes(secret)) ? [place] : [],
    );
    demand(found.length === 0, `a token is in ${found.join(', ')}`);
    return `${secrets.length - keys.length} tokens${keys.length > 0 ? ' and the keys of the object store' : ''}, in none of ${places.size} places`;
  },
};

async function contentOf(databaseUrl: string): Promise<string> {
  const connection = new pg.Client({ connectionString: databaseUrl });
  await connection.connect();
  try {
    const { rows } = await connection.query<{ name: string }>(
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
    );
    const texts: string[] = [];
    for (const { name } of rows) {
      const table = await connection.query<{ row: string }>(`SELECT t::text AS row FROM "${name}" t`);
      texts.push(...table.rows.map(({ row }) => row));
    }
    return texts.join('\n');
  } finally {
    await connection.end();
  }
}
