/** Light, dark, or as the system has it. The choice is a cookie, so that the server can put it into the page before it is painted. */
import { useState } from 'react';
import { PUBLIC_PATH } from './public-path.js';

type Theme = 'light' | 'dark' | 'system';

const NEXT: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };
const SIGNS: Record<Theme, string> = { system: '◐', light: '☀', dark: '☾' };
const YEAR_SECONDS = 31_536_000;
const CHANGE = 'themechange';
const SYSTEM_DARK = window.matchMedia('(prefers-color-scheme: dark)');

export function ThemeButton() {
  const [theme, setTheme] = useState(readTheme);
  const change = (): void => {
    const next = NEXT[theme];
    writeTheme(next);
    setTheme(next);
  };
  return (
    <button type="button" className="icon-button" onClick={change} title={`Theme: ${theme}`}>
      <span aria-hidden="true">{SIGNS[theme]}</span>
      <span className="unseen">Theme: {theme}. Change it.</span>
    </button>
  );
}

/** Light or dark, as it shows now. */
export function currentTheme(): 'light' | 'dark' {
  const theme = readTheme();
  if (theme !== 'system') return theme;
  return SYSTEM_DARK.matches ? 'dark' : 'light';
}

/** A colour of the tokens as it shows now, asked of an element of the page. For what takes no CSS. */
export function shownColour(token: string, element: HTMLElement): string {
  element.style.color = `var(--${token})`;
  const { color } = getComputedStyle(element);
  element.style.removeProperty('color');
  return color;
}

/** Calls back when the user or the system changes it; gives the way to end that. For plots and editors, which take no CSS. */
export function onThemeChange(changed: () => void): () => void {
  window.addEventListener(CHANGE, changed);
  SYSTEM_DARK.addEventListener('change', changed);
  return () => {
    window.removeEventListener(CHANGE, changed);
    SYSTEM_DARK.removeEventListener('change', changed);
  };
}

function readTheme(): Theme {
  const { theme } = document.documentElement.dataset;
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}

function writeTheme(theme: Theme): void {
  keepForNextPage('theme', theme === 'system' ? null : theme);
  window.dispatchEvent(new Event(CHANGE));
}

/** Sets it on the root of this page, and keeps it in a cookie, from which the server sets it on the next. Null takes it away. */
export function keepForNextPage(name: 'theme' | 'density', value: string | null): void {
  if (value === null) delete document.documentElement.dataset[name];
  else document.documentElement.dataset[name] = value;
  const seconds = value === null ? 0 : YEAR_SECONDS;
  document.cookie = `${name}=${value ?? ''}; Path=${PUBLIC_PATH || '/'}; Max-Age=${seconds}; SameSite=Lax`;
}
