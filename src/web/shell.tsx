/** What is around every page: the bar with the pages, who is signed in, the theme; and the choice of the page by its address. */
import { lazy, Suspense, useEffect, useRef, type ComponentType } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { modelAddress, PAGE_PATHS } from '../core/addresses.js';
import { Account } from './account.js';
import { DensityButton } from './density.js';
import { useKeptFocus } from './kept-focus.js';
import { Boundary } from './parts/frame/boundary.js';
import { Loading } from './parts/frame/state.js';
import { RegistryPage } from './pages/registry.js';
import { ThemeButton } from './theme.js';

/** Pages other than the first are loaded when they are opened. */
const page = <Name extends string>(load: () => Promise<Record<Name, ComponentType>>, name: Name) =>
  lazy(async () => ({ default: (await load())[name] }));

const SignInPage = page(() => import('./pages/sign-in.js'), 'SignInPage');
const ModelPage = page(() => import('./pages/model.js'), 'ModelPage');
const VersionPage = page(() => import('./pages/version.js'), 'VersionPage');
const WeighPage = page(() => import('./pages/weigh.js'), 'WeighPage');
const ComparePage = page(() => import('./pages/compare.js'), 'ComparePage');
const AuditPage = page(() => import('./pages/audit.js'), 'AuditPage');
const ChecksPage = page(() => import('./pages/checks.js'), 'ChecksPage');
const CheckPage = page(() => import('./pages/check.js'), 'CheckPage');
const CalculatorPage = page(() => import('./pages/calculator.js'), 'CalculatorPage');
const PublishPage = page(() => import('./pages/publish.js'), 'PublishPage');
const ApiPage = page(() => import('./pages/api.js'), 'ApiPage');
const MissingPage = page(() => import('./pages/missing.js'), 'MissingPage');

const PAGES: Record<keyof typeof PAGE_PATHS, ComponentType> = {
  registry: RegistryPage,
  model: ModelPage,
  modelInNamespace: ModelPage,
  version: VersionPage,
  versionInNamespace: VersionPage,
  weigh: WeighPage,
  compare: ComparePage,
  audit: AuditPage,
  checks: ChecksPage,
  check: CheckPage,
  calculator: CalculatorPage,
  publish: PublishPage,
  api: ApiPage,
  signIn: SignInPage,
};

const ROUTES = Object.entries(PAGES).map(([name, component]) => ({
  path: PAGE_PATHS[name as keyof typeof PAGE_PATHS],
  component,
}));

const NAVIGATION = [
  [PAGE_PATHS.weigh, 'Weigh'],
  [PAGE_PATHS.registry, 'Registry'],
  [PAGE_PATHS.compare, 'Compare'],
  [PAGE_PATHS.audit, 'Audit'],
  [PAGE_PATHS.checks, 'Checks'],
  [PAGE_PATHS.calculator, 'Calculator'],
  [PAGE_PATHS.publish, 'Publish'],
  [PAGE_PATHS.api, 'API'],
] as const;

export function Shell() {
  const [address] = useLocation();
  const main = useMainFocus(address);
  const pages = useCurrentInSight(address);
  usePolicyOf(address);
  useKeptFocus();
  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <header className="bar">
        <div className="bar-inner">
          <Link href={PAGE_PATHS.registry} className="brand">
            <BrandMark />
            Weighbridge
          </Link>
          <nav aria-label="Pages" ref={pages}>
            {NAVIGATION.map(([href, label]) => (
              <Link key={href} href={href} aria-current={isAt(address, href) ? 'page' : undefined}>
                {label}
              </Link>
            ))}
          </nav>
          <div className="bar-end">
            <DensityButton />
            <ThemeButton />
            <Account />
          </div>
        </div>
      </header>
      <main id="main" tabIndex={-1} ref={main}>
        <Boundary address={address}>
          <Suspense fallback={<Loading rows={6} />}>
            <Switch>
              {ROUTES.map(({ path, component }) => (
                <Route key={path} path={path} component={component} />
              ))}
              <Route component={MissingPage} />
            </Switch>
          </Suspense>
        </Boundary>
      </main>
    </>
  );
}

/** Who uses a keyboard or a screen reader goes on at the new page, not at the link that led there. */
function useMainFocus(address: string) {
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) {
      main.current?.focus({ preventScroll: true });
      window.scrollTo(0, 0);
    }
    first.current = false;
  }, [address]);
  return main;
}

/** On a narrow screen the bar is one line that is moved sideways: the page that is shown stands in it. */
function useCurrentInSight(address: string) {
  const pages = useRef<HTMLElement>(null);
  useEffect(() => {
    pages.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [address]);
  return pages;
}

/** The page for the API has a weaker policy, which stays with the document that was loaded: it is entered and left by loading. */
function usePolicyOf(address: string) {
  const isApi = address === PAGE_PATHS.api;
  const wasApi = useRef(isApi);
  useEffect(() => {
    if (isApi !== wasApi.current) window.location.reload();
  }, [isApi]);
}

function isAt(address: string, href: string): boolean {
  return href === PAGE_PATHS.registry
    ? address === href || address.startsWith(modelAddress(''))
    : address.startsWith(href);
}

function BrandMark() {
  return (
    <svg viewBox="0 0 32 32" className="brand-mark" aria-hidden="true">
      <path d="M4 25h24M8 25v-5h16v5M16 20v-4" />
      <circle cx="16" cy="10" r="6" />
      <path d="M16 10l3-3" />
    </svg>
  );
}
