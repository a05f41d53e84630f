/**
 * Signing in: the code of a one-time link, which stands behind # so that no server sees it by accident, or a token that is pasted. Both
 * are exchanged at once for a cookie, and never kept.
 */
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { PAGE_PATHS } from '../../core/addresses.js';
import { Page } from '../parts/frame/page.js';
import { Failure, Loading } from '../parts/frame/state.js';
import { SteadyButton } from '../parts/forms/steady-button.js';
import { underPublicPath } from '../public-path.js';
import { useSession, useSignIn } from '../session.js';

export function SignInPage() {
  const session = useSession();
  const signIn = useSignIn();
  const [, go] = useLocation();
  const [search] = useSearchParams();
  const [token, setToken] = useState('');
  const next = localAddress(search.get('next'));
  const code = useCode();

  const { mutate } = signIn;
  useEffect(() => {
    if (code !== null) mutate({ code }, { onSuccess: () => go(next, { replace: true }) });
  }, [code, mutate, go, next]);

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    mutate({ token }, { onSuccess: () => go(next, { replace: true }) });
    setToken('');
  };

  if (code !== null && signIn.isPending) return <Loading />;
  return (
    <Page
      title="Sign in"
      lead="With a token of this registry. It is exchanged for a session of this browser and not kept."
    >
      <form className="card narrow" onSubmit={submit}>
        {signIn.error === null ? null : <SignInFailure error={signIn.error} />}
        {session?.signedIn === true ? <p>You are signed in with the token “{session.name}”.</p> : null}
        <label className="field">
          <span>Token</span>
          <input
            type="password"
            name="token"
            value={token}
            onChange={(event) => setToken(event.target.value)}
            autoComplete="off"
            spellCheck={false}
            placeholder="wbr_…"
            required
          />
        </label>
        <SteadyButton type="submit" className="primary" isOff={signIn.isPending}>
          Sign in
        </SteadyButton>
        <p className="note">
          The first token is in the file <code>admin-token</code> of the data folder. <code>weighbridge serve</code>{' '}
          prints a link that signs in once. Others come from <code>weighbridge token create</code>.
        </p>
      </form>
    </Page>
  );
}

function SignInFailure({ error }: { error: Error }) {
  if ('code' in error && error.code === 'TOKEN_INVALID') {
    return (
      <div className="notice bad" role="alert">
        <p>
          <strong>This did not sign in.</strong> The token or link is wrong, used, expired or revoked. Paste a valid
          token.
        </p>
      </div>
    );
  }
  return <Failure error={error} />;
}

/** Read once and taken out of the address bar, so that it stays in no history. */
function useCode(): string | null {
  const [code] = useState(() => window.location.hash.slice(1) || null);
  const cleared = useRef(false);
  useEffect(() => {
    if (cleared.current || code === null) return;
    cleared.current = true;
    window.history.replaceState(null, '', underPublicPath(PAGE_PATHS.signIn));
  }, [code]);
  return code;
}

/** Only addresses of this server: a link must not send who signs in elsewhere. */
function localAddress(next: string | null): string {
  return next !== null && /^\/(?![/\\])/.test(next) ? next : '/';
}
