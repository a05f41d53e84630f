/** For addresses that no page has. */
import { Link } from 'wouter';
import { Page } from '../parts/frame/page.js';

export function MissingPage() {
  return (
    <Page title="No such page" lead="There is no page at this address.">
      <p>
        <Link href="/" className="button">
          Go to the registry
        </Link>
      </p>
    </Page>
  );
}
