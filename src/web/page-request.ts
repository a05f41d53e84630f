/** Which page of a list the address asks for, as the variables of its operation. `parts/pager.tsx` writes it there. */

export function pageRequest(
  search: URLSearchParams,
  size: number,
): { first: number; after: string | null } | { last: number; before: string } {
  const before = search.get('before');
  return before === null ? { first: size, after: search.get('after') } : { last: size, before };
}
