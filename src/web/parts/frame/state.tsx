/** What stands where content is not: it loads, it failed and this is what to do, or there is nothing yet and this is the first step. */
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { signInAddress } from '../../../core/addresses.js';
import { RequestFailed } from '../../ask.js';
import { useSessionAnew } from '../../session.js';
import { shownText } from '../text/shown-text.js';

export function Loading({ rows = 3 }: { rows?: number }) {
  return (
    <div className="skeleton" role="status">
      <span className="unseen">Loading …</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="bone" />
      ))}
    </div>
  );
}

/** What to do, by code; the server's own words stand above it. */
const ADVICE: Record<string, string> = {
  SCOPE_MISSING: 'Ask an administrator for a token that has the scope, then sign in with it.',
  MODEL_NOT_FOUND: 'Check the name, or look for the model in the registry.',
  VERSION_NOT_FOUND: 'Check the number or alias on the page of the model.',
  VERSION_WITHDRAWN: 'Compare another version, or name the digest.',
  NAME_INVALID: 'Write it as model, model@3, model@production, or sha256:….',
  BUDGET_CONFLICT: 'Somebody else changed it: close the form, look at what it says now, and change that.',
  BUDGET_NOT_FOUND: 'Somebody else deleted it: close the form.',
  APPROVAL_EXISTS: 'See who approved it, and why.',
  CHECK_NOT_FAILED: 'Check the version again: its budgets changed.',
  ARTIFACT_NOT_ONNX: 'Choose the .onnx file itself: no archive, no Git LFS pointer, no checkpoint.',
  ARTIFACT_MALFORMED: 'Export the model again.',
  ARTIFACT_TRUNCATED: 'The file was cut off: compare its size with the original, and send it again.',
  EXTERNAL_DATA_INVALID: 'Drop exactly the files that the model names, under these names.',
  LIMIT_EXCEEDED: 'Whoever runs the server may raise the limit on the size of a file.',
  UPLOAD_LIMIT_REACHED: 'Try again in a moment; other uploads are running.',
  UPLOAD_STALLED: 'Send it again over a faster line.',
  FILE_UNREADABLE: 'It may be a folder, or was moved or changed since: choose the file again.',
  SERVER_UNREACHABLE: 'Check that the server runs, then try again.',
  DATABASE_UNAVAILABLE: 'Try again in a moment; nothing that was acknowledged is lost.',
  STORAGE_UNAVAILABLE: 'Try again in a moment; nothing that was acknowledged is lost.',
  TIMEOUT: 'Ask for less: narrow the filter.',
  CURSOR_INVALID: 'Go back to the first page of the list.',
  INTERNAL: 'Try again; if it stays, give the request id to whoever runs the server.',
};

export function Failure({ error, retry }: { error: Error; retry?: (() => void) | undefined }) {
  const [address] = useLocation();
  const known = error instanceof RequestFailed ? error : new RequestFailed('INTERNAL', error.message);
  const isSignedOut = known.code === 'TOKEN_INVALID';
  useSessionAnew(isSignedOut);
  if (isSignedOut) {
    return (
      <Empty title="Sign in to see this">
        <p>This registry shows its models to those who have a token.</p>
        <Link href={signInAddress(address + window.location.search)} className="button primary">
          Sign in
        </Link>
      </Empty>
    );
  }
  return (
    <div className="notice bad" role="alert">
      <p>
        <strong>{shownText(sentence(known.message))}</strong> {ADVICE[known.code]}
      </p>
      <p className="fine">
        <span className="mono">{known.code}</span>
        {known.requestId === null ? null : (
          <>
            {' · request '}
            <span className="mono">{known.requestId}</span>
          </>
        )}
      </p>
      {retry === undefined ? null : (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** The server begins in lower case, as a program's message does. */
function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(whole) ? whole : `${whole}.`;
}
