// Clients that upload large models one after another, in a process of their own: for beside.mjs. Reads what to do from its arguments, says a line
// for each model that is published, and ends when its standard input does.
import { once } from 'node:events';
import http from 'node:http';
import os from 'node:os';
import { largeModel } from './models.mjs';
import { send } from './server.mjs';

const { url, tokens, uploads, mib } = JSON.parse(process.argv[2]);
// Clients are on other machines: here they take what the server leaves of the processors.
os.setPriority(os.constants.priority.PRIORITY_LOW);
const agent = new http.Agent({ keepAlive: true });
let isOver = false;
process.stdin.resume().once('end', () => {
  isOver = true;
  process.exit();
});

await Promise.all(Array.from({ length: uploads }, (_, index) => uploadOn(index)));

async function uploadOn(index) {
  for (let seed = index + 1; !isOver; seed += uploads) {
    const model = largeModel(1, mib, seed);
    await send(
      { url, token: tokens[index % tokens.length] },
      {
        method: 'PUT',
        route: `/models/large-${index}/versions`,
        agent,
        headers: { 'content-length': model.byteSize },
        async body(request) {
          for (const piece of model.pieces()) if (!request.write(piece)) await once(request, 'drain');
          request.end();
        },
      },
    );
    console.log(model.byteSize);
  }
}
