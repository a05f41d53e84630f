/** The API, to be tried: GraphiQL with the descriptions of the schema and five operations to begin with. */
import { lazy, Suspense } from 'react';
import { RequestFailed } from '../ask.js';
import { Page } from '../parts/frame/page.js';
import { Failure, Loading } from '../parts/frame/state.js';
import { underPublicPath } from '../public-path.js';
import { useSession } from '../session.js';

const Explorer = lazy(async () => ({ default: (await import('../api/explorer.js')).Explorer }));

export function ApiPage() {
  const session = useSession();
  const mayRead = session?.signedIn === true || session?.anonymousRead === true;
  return (
    <Page
      title="API"
      lead={
        <>
          Everything the pages show can be asked over GraphQL. What each field means is in the book at the left, and in{' '}
          <a href={underPublicPath('/schema.graphql')}>schema.graphql</a>. By keyboard: Enter goes into an editor,
          Escape out of it, Ctrl+Enter asks.
        </>
      }
    >
      {session === undefined ? (
        <Loading rows={8} />
      ) : mayRead ? (
        <Suspense fallback={<Loading rows={8} />}>
          <Explorer />
        </Suspense>
      ) : (
        <Failure error={new RequestFailed('TOKEN_INVALID', 'Sign in to ask the registry.')} />
      )}
    </Page>
  );
}
