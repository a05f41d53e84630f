/** Asks before something that cannot be taken back. The browser's own dialog holds the focus, ends with Escape and gives the focus back. */
import { useId, useLayoutEffect, useRef, type ReactNode } from 'react';

interface ConfirmProps {
  question: string;
  children: ReactNode;
  /** On the button that does it. */
  action: string;
  confirm: () => void;
  close: () => void;
}

export function Confirm({ question, children, action, confirm, close }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
  useLayoutEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal();
  }, []);
  const answer = (): void => {
    confirm();
    dialog.current?.close();
  };
  return (
    <dialog ref={dialog} aria-labelledby={title} className="confirm" onClose={close}>
      <h2 id={title}>{question}</h2>
      {children}
      <div className="actions">
        <button type="button" onClick={() => dialog.current?.close()}>
          Keep it
        </button>
        <button type="button" className="danger" onClick={answer}>
          {action}
        </button>
      </div>
    </dialog>
  );
}
