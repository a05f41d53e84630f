/** What a host says instead of a file, in one line with what to do. */
import type { ErrorCode } from '../core/errors.js';
import type { RemoteAddress } from './address.js';

export function refusalOf(
  address: RemoteAddress,
  status: number,
  headers: Headers,
): { code: ErrorCode; message: string } {
  const { label } = address;
  const said = (code: ErrorCode, problem: string) => ({ code, message: `${label}: ${problem}` });
  if (address.kind === 'HUB') {
    // By header, since the status is 401 for what is not there too.
    const reason = headers.get('x-error-code');
    if (reason === 'RevisionNotFound') return said('ADDRESS_NOT_FOUND', 'the repository has no such revision');
    if (reason === 'EntryNotFound')
      return said('ADDRESS_NOT_FOUND', 'the repository has no such file at this revision');
    if (reason === 'GatedRepo')
      return said('ADDRESS_FORBIDDEN', 'the repository is gated: ask for access on its page, then set HF_TOKEN');
    if (reason === 'RepoNotFound' || status === 401 || status === 403)
      return said(
        'ADDRESS_FORBIDDEN',
        address.authorization === null
          ? 'there is no such repository, or it is private: check the name, or set HF_TOKEN'
          : 'there is no such repository, or the token in HF_TOKEN may not read it',
      );
  }
  if (address.kind === 'BUCKET' && (status === 401 || status === 403)) {
    return said(
      'ADDRESS_FORBIDDEN',
      `it is not public, and s3 addresses are not signed here: run "aws s3 presign ${label}", and give the https address that it prints`,
    );
  }
  switch (status) {
    case 401:
      return said('ADDRESS_FORBIDDEN', 'the host asks for a login (401): give a presigned address');
    case 403:
      return said('ADDRESS_FORBIDDEN', 'the host refuses access (403); a presigned address may have expired');
    case 404:
    case 410:
      return said('ADDRESS_NOT_FOUND', `there is no such file (${status})`);
    case 407:
      return said('PROXY_FORBIDDEN', 'the proxy asks for a name and a password (407)');
    default:
      return said('ADDRESS_UNREACHABLE', `the host answers ${status}${status >= 500 ? ': try again later' : ''}`);
  }
}
