/** A button that keeps the focus while it can do nothing. One that is disabled loses it, and who has no mouse would start anew at the top. */
import type { ComponentProps, MouseEvent } from 'react';

interface SteadyButtonProps extends ComponentProps<'button'> {
  isOff: boolean;
}

export function SteadyButton({ isOff, onClick, ...rest }: SteadyButtonProps) {
  const press = (event: MouseEvent<HTMLButtonElement>): void => {
    if (isOff)
      event.preventDefault(); // of a form too, which Enter in a field sends by this button
    else onClick?.(event);
  };
  return <button type="button" {...rest} aria-disabled={isOff} onClick={press} />;
}
