/** Reads a list of a registry page by page. */

/** What a registry gives at once. */
const PAGE_SIZE = 100;

interface Page<Node> {
  nodes: Node[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/** As many as are wanted, and whether there are more. */
export async function readPages<Node>(
  wanted: number,
  ask: (first: number, after: string | null) => Promise<Page<Node>>,
): Promise<{ nodes: Node[]; hasMore: boolean }> {
  const nodes: Node[] = [];
  let after: string | null = null;
  for (;;) {
    const page: Page<Node> = await ask(Math.min(PAGE_SIZE, wanted - nodes.length), after);
    nodes.push(...page.nodes);
    after = page.pageInfo.endCursor;
    const { hasNextPage } = page.pageInfo;
    if (!hasNextPage || after === null || nodes.length >= wanted) return { nodes, hasMore: hasNextPage };
  }
}
