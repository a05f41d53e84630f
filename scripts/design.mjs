// The page that shows every part of the pages, at the address that is printed: src/web/design, bundled anew each time it is loaded. For
// development: nothing of it is in what is built or published. --port=0 takes any free port; else it is 8788.
import { createServer } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('../src/web', import.meta.url));
const PAGE = 'design/index.html';
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
};

/** Name → contents, as of the last bundling. */
let files = new Map();

async function bundle() {
  const { output } = await build({
    configFile: false,
    root: ROOT,
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic' } },
    build: {
      write: false,
      target: 'es2022',
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rolldownOptions: {
        input: path.join(ROOT, PAGE),
        onwarn: (warning, warn) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || warn(warning), // as scripts/build-web.mjs
      },
    },
  });
  files = new Map(output.map((file) => [file.fileName, file.type === 'chunk' ? file.code : file.source]));
}

const server = createServer((request, response) => {
  answer(request.url ?? '/', response).catch((error) => {
    console.error(error);
    response.writeHead(500, { 'Content-Type': 'text/plain; charset=utf-8' }).end(String(error));
  });
});

async function answer(url, response) {
  const { pathname } = new URL(url, 'http://localhost');
  if (pathname === '/design') await bundle();
  const name = pathname === '/design' ? PAGE : pathname.slice(1);
  const contents = files.get(name);
  if (contents === undefined) return response.writeHead(404).end();
  response.writeHead(200, { 'Content-Type': TYPES[path.extname(name)] ?? 'application/octet-stream' }).end(contents);
}

const port = Number(process.argv.find((argument) => argument.startsWith('--port='))?.slice('--port='.length) ?? 8788);
server.listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/design`));
