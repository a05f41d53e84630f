/** The page that shows what pages are made of, in development alone (npm run design): it is no part of what is built. */
import { createRoot } from 'react-dom/client';
import '../style/tokens.css';
import '../style/base.css';
import '../style/parts.css';
import '../style/views.css';
import '../style/drift.css';
import '../style/print.css';
import { DensityButton } from '../density.js';
import { ThemeButton } from '../theme.js';
import { DesignPage } from './design-page.js';

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no place for its content');
createRoot(root).render(
  <>
    <header className="bar">
      <div className="bar-inner">
        <span className="brand">Design</span>
        <nav />
        <div className="bar-end">
          <DensityButton />
          <ThemeButton />
        </div>
      </div>
    </header>
    <main>
      <DesignPage />
    </main>
  </>,
);
