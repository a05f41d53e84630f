/** F02: one byte of a stored blob is another, on the disk or in the object store. It must never be sent as if it were whole, and the same bytes sent again must mend it. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { demand, type ExamCase } from '../case.js';
import { digestOf, startServer, type Place, type Server } from '../server.js';
import { mediumModel } from './models.js';

export const damagedBlob: ExamCase = {
  id: 'F02',
  title: 'a damaged blob is downloaded and sent again',
  async run(setting) {
    const place = await setting.newPlace();
    const server = await startServer(place);
    const bytes = mediumModel(1);
    demand((await server.publish('m', bytes)) === 201, 'no publish');
    const at = Math.floor(bytes.length / 2);
    await damage(place, bytes, at);
    const silent: string[] = [];
    const before = server.log().length;
    if (await arrives(server, {})) silent.push('whole');
    if (await arrives(server, { range: `bytes=${at - 100}-${at + 100}` })) silent.push('by range');
    const sentAgain = await server.publish('m', bytes);
    const isMended = (await download(server, {}))?.equals(Buffer.from(bytes)) === true;
    const log = server.log().slice(before);
    await server.stop();
    demand(silent.length === 0, `sent ${silent.join(' and ')} without a word`);
    demand(/"level":(50|40)/.test(log), 'nothing about it in the log');
    demand(isMended, `sent again (${sentAgain}), the same bytes did not mend it`);
    return 'neither whole nor by range, in the log, mended by the same bytes';
  },
};

/** One bit of the byte at this place is another, in the file or in the object. */
async function damage({ data, prefix }: Place, bytes: Uint8Array, at: number): Promise<void> {
  const digest = digestOf(bytes);
  const wrong = Buffer.from(bytes);
  wrong[at] = (wrong[at] ?? 0) ^ 1;
  const hex = digest.slice('sha256:'.length);
  if (prefix === null) await writeFile(path.join(data, 'blobs', 'sha256', hex.slice(0, 2), hex), wrong);
  else await prefix.overwrite(digest, wrong);
}

/** Whether an answer came that its client takes for good. */
async function arrives(server: Server, headers: Record<string, string>): Promise<boolean> {
  return (await download(server, headers)) !== null;
}

async function download(server: Server, headers: Record<string, string>): Promise<Buffer | null> {
  try {
    const response = await server.fetch('/models/m/versions/1/artifact', { headers });
    const body = Buffer.from(await response.arrayBuffer());
    return response.ok ? body : null;
  } catch {
    return null; // broken off
  }
}
