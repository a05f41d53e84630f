/** Puts a text on the clipboard and says so. */
import { useEffect, useState } from 'react';

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [said, setSaid] = useState<string | null>(null);
  useEffect(() => {
    if (said === null) return undefined;
    const timer = setTimeout(() => setSaid(null), 2_000);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = (): void => {
    // Where pages come over plain http from another machine, the browser has no clipboard.
    if (!('clipboard' in navigator)) setSaid('Select it and copy');
    else
      navigator.clipboard.writeText(text).then(
        () => setSaid('Copied'),
        () => setSaid('Not allowed'),
      );
  };
  return (
    <button type="button" className="small" onClick={copy}>
      <span aria-live="polite">{said ?? label}</span>
    </button>
  );
}
