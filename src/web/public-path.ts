/** Where the pages are, if a proxy gives them a path: the server writes it into the page. What is asked of the server, and is no Link, is under it. */
const { base: PUBLIC_PATH = '' } = document.documentElement.dataset;

export { PUBLIC_PATH };

/** Of a path that begins with a slash. */
export const underPublicPath = (path: string): string => PUBLIC_PATH + path;

/** Whether the browser is elsewhere: at the server itself, past the proxy. Then it is sent under the path, where its cookies are. */
export function goUnderPublicPath(): boolean {
  const { pathname, search, hash } = window.location;
  if (PUBLIC_PATH === '' || pathname === PUBLIC_PATH || pathname.startsWith(`${PUBLIC_PATH}/`)) return false;
  window.location.replace(underPublicPath(pathname + search + hash));
  return true;
}
