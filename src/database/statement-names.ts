/**
 * Names under which a connection keeps statements prepared, so that what every publish asks is parsed and planned once. For a connection
 * that is never replaced nor shared by a pooler; lists and audits are planned anew, since their plans follow their values.
 */

/** A prepared statement takes up to 100 kB of the connection's memory. */
const KEPT_MAX = 200;

/** The same name for the same text; of more texts than are kept, no name. */
export function createStatementNames(keptMax = KEPT_MAX): (statement: { sql: string }) => string {
  const names = new Map<string, string>();
  return ({ sql }) => {
    const known = names.get(sql);
    if (known !== undefined) return known;
    if (names.size >= keptMax) return '';
    const name = `kept_${names.size}`;
    names.set(sql, name);
    return name;
  };
}
