/** Next and previous by cursor. A cursor is bound to filter and order, so both are dropped where those change. */
import { useSearchParams } from 'wouter';
import { SteadyButton } from '../forms/steady-button.js';

interface PageInfo {
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  startCursor?: string | null;
  endCursor?: string | null;
}

export function Pager({ info }: { info: PageInfo }) {
  const [search, setSearch] = useSearchParams();
  if (!info.hasNextPage && !info.hasPreviousPage && !search.has('after') && !search.has('before')) return null;
  const go = (name: 'after' | 'before', cursor: string | null | undefined): void => {
    setSearch((old) => {
      const next = new URLSearchParams(old);
      next.delete('after');
      next.delete('before');
      if (cursor) next.set(name, cursor);
      return next;
    });
  };
  return (
    <nav className="pager" aria-label="Parts of the list">
      <SteadyButton isOff={!info.hasPreviousPage} onClick={() => go('before', info.startCursor)}>
        ← Previous
      </SteadyButton>
      <SteadyButton isOff={!info.hasNextPage} onClick={() => go('after', info.endCursor)}>
        Next →
      </SteadyButton>
    </nav>
  );
}
