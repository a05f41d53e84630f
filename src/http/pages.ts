/**
 * The pages: one HTML file for every page address, and the hashed files that it loads, as `npm run build` made them. Open to all:
 * they hold no data. Knows nothing of what they show.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, RequestHandler } from 'express';
import { PAGE_PATHS } from '../core/addresses.js';
import { WeighbridgeError } from '../core/errors.js';

/** Also from the sources, as tests run them: pages are only ever served as built. */
const BUILT = fileURLToPath(new URL('../../dist/web', import.meta.url));

/** Everything comes from here: no other origin, nothing inline. */
const POLICY = policy("'self'");
/** GraphiQL's editor writes styles of its own (docs/adr/0014). Scripts are bound as everywhere. */
const API_POLICY = policy("'self' 'unsafe-inline'");

function policy(styles: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src ${styles}`,
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** The build has packed what is worth it as the first; browsers that speak no TLS take the second alone. */
const ENCODINGS = ['br', 'gzip'];
const PACKED = '.br';
/** A year: names hold a hash of the contents. */
const FOR_EVER = 'public, max-age=31536000, immutable';

export interface Pages {
  /** Answers with the page. */
  page: RequestHandler;
  /** Whether a browser asks to see it, rather than a program to read it. */
  isWanted(request: Request): boolean;
  assets: RequestHandler;
}

interface PagesOptions {
  folder?: string;
  /** Under which the addresses in the page are. */
  publicPath?: string;
}

export function createPages({ folder = BUILT, publicPath = '' }: PagesOptions = {}): Pages {
  const html = readPage(folder, publicPath);
  const files = new Set(html === null ? [] : readdirSync(path.join(folder, 'assets')));
  const zipped = keepingZipped();
  return {
    page(request, response) {
      if (html === null) throw new WeighbridgeError('ROUTE_NOT_FOUND', 'the pages are not built; run npm run build');
      response.setHeader('Content-Security-Policy', request.path === PAGE_PATHS.api ? API_POLICY : POLICY);
      response.setHeader('Vary', 'Accept, Cookie');
      response.setHeader('Cache-Control', 'no-cache');
      response.type('text/html; charset=utf-8').send(asChosen(html, request));
    },
    isWanted: (request) => request.accepts(['json', 'html']) === 'html',
    assets(request, response, next) {
      const name = path.posix.basename(request.path);
      const missing = () => new WeighbridgeError('ROUTE_NOT_FOUND', 'there is no such file; reload the page');
      if (request.path !== `/assets/${name}` || !files.has(name)) throw missing();
      // Workers are bound by the policy of their own file.
      response.setHeader('Content-Security-Policy', POLICY);
      response.vary('Accept-Encoding').type(path.extname(name));
      response.removeHeader('Cache-Control'); // a refusal says no-store again
      const encoding = files.has(name + PACKED) && request.acceptsEncodings(...ENCODINGS);
      if (encoding) response.setHeader('Content-Encoding', encoding);
      const root = path.join(folder, 'assets');
      const failed = (error: Error): void => {
        if (response.headersSent || hasLeft(error)) return; // what breaks off is the client's affair
        response.removeHeader('Content-Encoding');
        next(isGone(error) ? missing() : error);
      };
      if (encoding === 'gzip') {
        zipped(path.join(root, name)).then((bytes) => response.set('Cache-Control', FOR_EVER).send(bytes), failed);
        return;
      }
      const file = encoding === 'br' ? name + PACKED : name;
      response.sendFile(file, { root, cacheControl: false, headers: { 'Cache-Control': FOR_EVER } }, (error) => {
        if (error !== undefined) failed(error);
      });
    },
  };
}

/** Zips each file once, and keeps what comes out: some hundred kilobytes, and two megabytes more once the editor is asked for. */
function keepingZipped(): (file: string) => Promise<Buffer> {
  const kept = new Map<string, Promise<Buffer>>();
  return (file) => {
    const bytes = kept.get(file) ?? readFile(file).then((content) => promisify(gzip)(content));
    kept.set(file, bytes);
    bytes.catch(() => kept.delete(file)); // the next one is told as well
    return bytes;
  };
}

/** Express says so of a client that closed the connection. */
function hasLeft(error: Error): boolean {
  return 'code' in error && error.code === 'ECONNABORTED';
}

function isGone(error: Error): boolean {
  return 'code' in error && error.code === 'ENOENT';
}

function readPage(folder: string, publicPath: string): string | null {
  try {
    return under(publicPath, readFileSync(`${folder}/index.html`, 'utf8'));
  } catch {
    return null; // a server alone was built; every other route works
  }
}

/** The page is told where it is; what it loads later is found beside its scripts. */
function under(publicPath: string, html: string): string {
  if (publicPath === '') return html;
  return html.replaceAll('="/assets/', `="${publicPath}/assets/`).replace('<html ', `<html data-base="${publicPath}" `);
}

/** The chosen theme and the height of rows are in the page before anything is painted. */
function asChosen(html: string, request: Request): string {
  const chosen = (request.headers.cookie ?? '')
    .split(/; ?/)
    .flatMap((cookie) => (CHOICES.has(cookie) ? [cookie.replace('=', '="')] : []));
  const attributes = [...new Set(chosen)].map((choice) => `data-${choice}" `);
  return html.replace('<html ', `<html ${attributes.join('')}`);
}

/** No other text of a cookie comes into the page. */
const CHOICES = new Set(['theme=light', 'theme=dark', 'density=compact', 'density=roomy']);
