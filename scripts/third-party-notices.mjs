// The text that goes with bundled files: each package that has a part in them, with its licence.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const LICENCE_FILE = /^(licen[cs]e|copying|notice)([.-]|$)/i;

/** `modules`: paths of all modules of a bundle; `fonts`: of licences that stand beside fonts. Throws for a package that names no licence. */
export function noticesOf(modules, fonts = []) {
  const folders = new Set(modules.map(packageFolder).filter((folder) => folder !== null));
  const packages = [...folders].map(describe).sort((a, b) => (a.title < b.title ? -1 : 1));
  const parts = new Map(packages.map(({ title, text }) => [title, text]));
  return [
    '# Third-party notices',
    'The files of this package contain code of the packages below, under their licences.',
    ...[...parts].map(([title, text]) => `## ${title}\n\n${text}`),
    ...fonts.map(
      (file) => `## Font: ${path.basename(file, '-LICENSE.txt')}\n\n${indented(readFileSync(file, 'utf8'))}`,
    ),
  ]
    .join('\n\n')
    .concat('\n');
}

/** `…/node_modules/@scope/name`; null for sources of our own, and what a bundler adds. */
function packageFolder(module) {
  const at = module.lastIndexOf('/node_modules/');
  if (at === -1) return null;
  const names = module.slice(at + '/node_modules/'.length).split('/');
  return `${module.slice(0, at)}/node_modules/${names.slice(0, names[0].startsWith('@') ? 2 : 1).join('/')}`.replace(
    /^\0/,
    '',
  );
}

const indented = (text) => text.trim().replace(/^/gm, '    ');

function describe(folder) {
  const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  if (typeof license !== 'string') throw new Error(`${name} ${version} names no licence: it cannot be bundled`);
  const files = readdirSync(folder).filter((file) => LICENCE_FILE.test(file) && existsSync(path.join(folder, file)));
  const texts = files.sort().map((file) => readFileSync(path.join(folder, file), 'utf8'));
  const text = texts.length > 0 ? texts.map(indented).join('\n\n') : 'The package has no licence file.';
  return { title: `${name} ${version} (${license})`, text };
}
