/** Light, dark, or as the system has it. The choice is a cookie, so that the server can put it into the page before it is painted. */
import { useState } from 'react';

type Theme = 'light' | 'dark' | 'system';

const NEXT: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };
const SIGNS: Record<Theme, string> = { system: '◐', light: '☀', dark: '☾' };
const YEAR_SECONDS = 31_536_000;

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

function readTheme(): Theme {
  const { theme } = document.documentElement.dataset;
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}

function writeTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  const seconds = theme === 'system' ? 0 : YEAR_SECONDS;
  document.cookie = `theme=${theme}; Path=/; Max-Age=${seconds}; SameSite=Lax`;
  window.dispatchEvent(new Event('themechange')); // plots are painted anew
}
