/** What is sent to the database, as the driver sends it: for counting statements and for explaining them. */
import pg from 'pg';

export interface Statement {
  text: string;
  values: unknown[];
}

/** The statements that were sent while the work ran, on any connection of this process. */
export async function recordStatements<T>(work: () => Promise<T>): Promise<{ result: T; statements: Statement[] }> {
  const statements: Statement[] = [];
  const prototype = pg.Client.prototype as { query: (...args: unknown[]) => unknown };
  const original = prototype.query;
  prototype.query = function (this: unknown, ...args: unknown[]) {
    const [config, values] = args as [string | { text: string; values?: unknown[] }, unknown[] | undefined];
    if (typeof config === 'string') statements.push({ text: config, values: values ?? [] });
    else statements.push({ text: config.text, values: config.values ?? values ?? [] });
    return original.apply(this, args);
  };
  try {
    return { result: await work(), statements };
  } finally {
    prototype.query = original;
  }
}

/** The plan where no table may be read whole and nothing may be sorted, unless there is no other way. */
export async function explain(url: string, { text, values }: Statement): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const way of ['enable_seqscan', 'enable_sort', 'enable_bitmapscan', 'enable_incremental_sort']) {
      await client.query(`SET ${way} = off`);
    }
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, values);
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  } finally {
    await client.end();
  }
}
