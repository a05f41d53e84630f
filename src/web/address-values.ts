/** Values of a form that stand in the address, so that a link shows the same. Nothing of them is kept elsewhere. */
import { useSearchParams } from 'wouter';

export interface AddressValues<Name extends string> {
  values: Readonly<Record<Name, string>>;
  /** Everything in the address, such as the place in a list. */
  search: URLSearchParams;
  /** Sets values and goes to the first page of the list, whose cursors hold for the old ones. */
  set: (changes: Partial<Record<Name, string>>) => void;
  /** Takes everything out of the address. */
  clear: () => void;
}

/**
 * `defaults` has what each value is where the address does not have it; it is not written there. As a step, a change can be undone by
 * going back.
 */
export function useAddressValues<Name extends string>(
  defaults: Readonly<Record<Name, string>>,
  { isStep = false }: { isStep?: boolean } = {},
): AddressValues<Name> {
  const [search, setSearch] = useSearchParams();
  const names = Object.keys(defaults) as Name[];
  const values = Object.fromEntries(names.map((name) => [name, search.get(name) ?? defaults[name]]));
  return {
    values: values as Record<Name, string>,
    search,
    set: (changes) => setSearch((old) => changed(old, changes, defaults), { replace: !isStep }),
    clear: () => setSearch(new URLSearchParams()),
  };
}

function changed<Name extends string>(
  old: URLSearchParams,
  changes: Partial<Record<Name, string>>,
  defaults: Readonly<Record<Name, string>>,
): URLSearchParams {
  const next = new URLSearchParams(old);
  for (const [name, value] of Object.entries<string | undefined>(changes)) {
    if (value === undefined || value === defaults[name as Name]) next.delete(name);
    else next.set(name, value);
  }
  for (const cursor of ['after', 'before']) next.delete(cursor);
  return next;
}
