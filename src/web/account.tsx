/** Who is signed in, with the scopes that the token has, and the way in or out. */
import { Link } from 'wouter';
import { PAGE_PATHS } from '../core/addresses.js';
import { Menu } from './parts/forms/menu.js';
import { SteadyButton } from './parts/forms/steady-button.js';
import { useSession, useSignOut } from './session.js';

export function Account() {
  const session = useSession();
  const signOut = useSignOut();
  if (session === undefined) return <span className="account-place" />;
  if (!session.signedIn) {
    return (
      <Link href={PAGE_PATHS.signIn} className="button small">
        Sign in
      </Link>
    );
  }
  const { name = '', scopes = [], models = '*' } = session;
  return (
    <Menu label={<bdi className="cut">{name}</bdi>} title={`Signed in with the token “${name}”`}>
      <dl className="facts">
        <dt>Token</dt>
        <dd>
          <bdi>{name}</bdi>
        </dd>
        <dt>Scopes</dt>
        <dd>{scopes.join(', ')}</dd>
        <dt>Models</dt>
        <dd className="mono">{models}</dd>
        <dt>Until</dt>
        <dd>{session.expiresAt === undefined ? '' : new Date(session.expiresAt).toLocaleString()}</dd>
      </dl>
      <SteadyButton onClick={() => signOut.mutate()} isOff={signOut.isPending}>
        Sign out
      </SteadyButton>
    </Menu>
  );
}
