/**
 * GraphiQL over this registry, with its editor and workers from the same bundle. By far the largest part of the pages: only the page for
 * it may load this.
 */
import { GraphiQL } from 'graphiql';
import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import { useSyncExternalStore, type KeyboardEvent } from 'react';
import { PAGE_HEADERS } from '../ask.js';
import { underPublicPath } from '../public-path.js';
import { currentTheme, onThemeChange } from '../theme.js';
import { READY_OPERATIONS } from './ready-operations.js';

export function Explorer() {
  const theme = useSyncExternalStore(onThemeChange, currentTheme);
  return (
    <div className="explorer" onKeyDown={leaveEditor}>
      <GraphiQL
        fetcher={ask}
        defaultTabs={READY_OPERATIONS}
        forcedTheme={theme}
        // What was typed stays with this tab of the browser, and not on the machine.
        storage={sessionStorage}
        isHeadersEditorEnabled={false}
        showPersistHeadersSettings={false}
      >
        <GraphiQL.Logo> </GraphiQL.Logo>
      </GraphiQL>
    </div>
  );
}

/** In the editor Tab indents. What closes one of its boxes with Escape does not come here. */
function leaveEditor({ key, target }: KeyboardEvent): void {
  if (key === 'Escape' && target instanceof HTMLTextAreaElement)
    target.closest<HTMLElement>('.graphiql-editor')?.focus();
}

interface Asked {
  query: string;
  operationName?: string | null;
}

/** With the cookie of the session; answers and refusals alike are JSON to read. */
async function ask(asked: Asked): Promise<Record<string, unknown>> {
  const response = await fetch(underPublicPath('/graphql'), {
    method: 'POST',
    credentials: 'same-origin',
    headers: { ...PAGE_HEADERS, 'Content-Type': 'application/json', Accept: 'application/json' },
    body: JSON.stringify(isNameOfIt(asked) ? asked : { ...asked, operationName: null }),
  });
  return (await response.json()) as Record<string, unknown>;
}

/** GraphiQL learns which operation a text holds a moment after it has the text; until then the name is that of the tab before. */
function isNameOfIt({ query, operationName }: Asked): boolean {
  return operationName != null && new RegExp(`\\b(query|mutation|subscription)\\s+${operationName}\\b`).test(query);
}
