// Finds the browser of this machine for the tests of the pages and for screenshots. Starts nothing, installs nothing.
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge'];
const APPLICATIONS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

export const HOW_TO_GET_A_BROWSER =
  'install one (Debian, Ubuntu: apt-get install chromium), or name the program of a Chromium or Chrome in TEST_BROWSER';

/** The program's path: the one that TEST_BROWSER names, else the first that is installed; null where there is none. */
export function findBrowser() {
  if (process.env.TEST_BROWSER) return process.env.TEST_BROWSER;
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '');
  const installed = NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return [...installed, ...APPLICATIONS].find(isProgram) ?? null;
}

function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
