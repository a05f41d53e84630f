/** What is wrong with a connection, in words with what to do, by the codes that Node and OpenSSL give, and which hosts are this machine. Pure; opens nothing. */

/** What does not pass by itself: asked again, it is the same. The first that fits counts. */
const LASTING: readonly (readonly [RegExp, string])[] = [
  [/^ENOTFOUND$/, 'there is no such host'],
  [
    /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_)/,
    'its certificate is from nobody that this machine trusts; if it is from your own certificate authority, name the file of that with --cacert or NODE_EXTRA_CA_CERTS',
  ],
  [/^CERT_HAS_EXPIRED$/, 'its certificate has expired, unless the clock of this machine is wrong'],
  [/^CERT_NOT_YET_VALID$/, 'its certificate is not valid yet, unless the clock of this machine is wrong'],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    'its certificate is for another host name: use the name that is in the certificate',
  ],
  [/^(CERT_|ERR_TLS_|HOSTNAME_|INVALID_CA$|INVALID_PURPOSE$)/, 'its certificate is not valid'],
  [/^(ERR_SSL_|EPROTO$)/, 'it does not speak TLS here; perhaps the address is http:// and not https://'],
  [/^HPE_/, 'it does not speak HTTP here; perhaps the address is https:// and not http://'],
];

/** What may be over in a moment. */
const PASSING: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  ECONNREFUSED: 'the host refuses the connection',
  ECONNRESET: 'the connection was cut off',
  EPIPE: 'the connection was cut off',
  UND_ERR_SOCKET: 'the connection was cut off',
  UND_ERR_CONNECT_TIMEOUT: 'the host does not answer',
  ETIMEDOUT: 'the host does not answer',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no network',
};

const OWN = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** By the host of an address, as URL has it. */
export function isOwnMachine(hostname: string): boolean {
  return OWN.test(hostname);
}

/** `hostname` as URL has it. Null for a code that is not known here. */
export function connectionFault(
  code: string | undefined,
  hostname: string,
): { words: string; isLasting: boolean } | null {
  if (code === undefined) return null;
  // Nothing listens here, which is no network that will be better in a moment.
  const isRefusedHere = code === 'ECONNREFUSED' && isOwnMachine(hostname);
  const lasting = LASTING.find(([pattern]) => pattern.test(code));
  if (lasting !== undefined) return { words: `${lasting[1]} (${code})`, isLasting: true };
  const words = PASSING[code];
  return words === undefined ? null : { words, isLasting: isRefusedHere };
}
