import { rmSync } from 'node:fs';
export default async function () {
  const pg = globalThis.__pg;
  if (!pg) return;
  await new Promise((r) => {
    pg.server.once('exit', r);
    pg.server.kill('SIGINT');
  });
  rmSync(pg.dir, { recursive: true, force: true });
}
