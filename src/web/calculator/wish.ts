/** What a field needs, as it is written under the field. Pure. */
import type { WeighbridgeError } from '../../core/errors.js';

/** `hiddenSize: a whole number …` is shown under its field, so the name is left out. */
export function wish({ message }: WeighbridgeError): string {
  const text = message.replace(/^\w+: /, '');
  return text.charAt(0).toUpperCase() + text.slice(1);
}
