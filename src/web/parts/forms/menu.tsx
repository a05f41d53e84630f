/** What a button opens below it. Closed by Escape, which gives the focus back to the button, and by leaving it. */
import { useRef, type FocusEvent, type KeyboardEvent, type ReactNode } from 'react';

interface MenuProps {
  label: ReactNode;
  title: string;
  children: ReactNode;
}

export function Menu({ label, title, children }: MenuProps) {
  const menu = useRef<HTMLDetailsElement>(null);
  const close = (): void => {
    if (menu.current !== null) menu.current.open = false;
  };
  const escape = ({ key }: KeyboardEvent): void => {
    if (key !== 'Escape' || menu.current?.open !== true) return;
    close();
    menu.current.querySelector('summary')?.focus();
  };
  const leave = ({ relatedTarget, currentTarget }: FocusEvent): void => {
    if (relatedTarget instanceof Node && !currentTarget.contains(relatedTarget)) close();
  };
  return (
    <details ref={menu} className="menu" onKeyDown={escape} onBlur={leave}>
      <summary title={title}>{label}</summary>
      <div className="menu-body">{children}</div>
    </details>
  );
}
