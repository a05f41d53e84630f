/** The head of a page: its title, which is also the title of the window, a sentence, and what can be done. */
import { useEffect, useState, type ReactNode } from 'react';

interface PageProps {
  title: string;
  /** What stands above the title: where the page lies. */
  above?: ReactNode;
  lead?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, above, lead, actions, children }: PageProps) {
  useEffect(() => {
    document.title = title === 'Registry' ? 'Weighbridge' : `${title} · Weighbridge`;
  }, [title]);
  return (
    <div className="page">
      <div className="page-head">
        <div className="page-title">
          {above === undefined ? null : <div className="above">{above}</div>}
          <h1>
            <bdi>{title}</bdi>
          </h1>
          {lead === undefined ? null : <div className="lead">{lead}</div>}
        </div>
        {actions === undefined ? null : <div className="actions">{actions}</div>}
      </div>
      {children}
    </div>
  );
}

interface SectionProps {
  title: string;
  /** One sentence beside the title. */
  note?: ReactNode;
  actions?: ReactNode;
  /** Whether it is closed at first; a section without it cannot be closed. */
  isFolded?: boolean;
  children: ReactNode;
}

export function Section({ title, note, actions, isFolded, children }: SectionProps) {
  const [isOpenAtFirst] = useState(isFolded === false);
  if (isFolded !== undefined) {
    return (
      <details className="card fold" open={isOpenAtFirst}>
        <summary>
          <h2>{title}</h2>
          {actions}
        </summary>
        {note === undefined ? null : <p className="note">{note}</p>}
        <div className="spaced">{children}</div>
      </details>
    );
  }
  return (
    <section className="card">
      <div className="card-head">
        <div>
          <h2 tabIndex={-1}>{title}</h2>
          {note === undefined ? null : <p className="note">{note}</p>}
        </div>
        {actions}
      </div>
      {children}
    </section>
  );
}
