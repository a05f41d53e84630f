/** How far an upload is: bytes, rate, time left; and the way to stop it. */
import { useEffect, useRef } from 'react';
import { bytesText } from '../parts/figures/number.js';
import type { Transfer } from './use-transfer.js';

interface SendingProps {
  transfer: Transfer;
  cancel: () => void;
}

export function Sending({ transfer: { progress, rate }, cancel }: SendingProps) {
  const { step, file, doneBytes, totalBytes } = progress;
  const heading = useRef<HTMLHeadingElement>(null);
  // What started it is hidden meanwhile.
  useEffect(() => heading.current?.focus(), []);
  const left = rate === null || rate === 0 ? null : (totalBytes - doneBytes) / rate;
  return (
    <section className="card sending" aria-label="Upload">
      <h2 role="status" tabIndex={-1} ref={heading}>
        {step === 'hashing' ? 'Reading ' : step === 'sending' ? 'Sending ' : 'Weighing '}
        <bdi className="mono">{file}</bdi>
      </h2>
      <progress value={doneBytes} max={Math.max(totalBytes, 1)} aria-label="Bytes sent" />
      <p className="sending-line number">
        <span>
          {bytesText(doneBytes)} of {bytesText(totalBytes)}
        </span>
        <span>{rate === null || step === 'weighing' ? '' : `${bytesText(rate)}/s`}</span>
        <span>{left === null || step === 'weighing' ? '' : `${timeText(left)} left`}</span>
      </p>
      <button type="button" onClick={cancel}>
        Cancel
      </button>
    </section>
  );
}

function timeText(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  if (seconds < 3_600) return `${Math.ceil(seconds / 60)} min`;
  return `${(seconds / 3_600).toFixed(1)} h`;
}
