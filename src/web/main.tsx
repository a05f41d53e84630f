/** Where the pages start: the store of answers, the router, the shell. Holds no page of its own. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { RequestFailed } from './ask.js';
import { goUnderPublicPath, PUBLIC_PATH } from './public-path.js';
import { Shell } from './shell.js';
import './style/tokens.css';
import './style/base.css';
import './style/parts.css';
import './style/views.css';
import './style/print.css';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // What the server refuses it will refuse again; only a server that is not there is asked once more.
      retry: (count, error) => error instanceof RequestFailed && error.code === 'SERVER_UNREACHABLE' && count < 1,
      staleTime: 10_000,
      refetchOnWindowFocus: false,
    },
  },
});

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no place for its content');
if (!goUnderPublicPath()) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <Router base={PUBLIC_PATH}>
          <Shell />
        </Router>
      </QueryClientProvider>
    </StrictMode>,
  );
}
