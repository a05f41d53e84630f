/** Days as a date field has them, in the time zone of the browser. */

/** The last moment of a day, as ISO text. */
export function endOfDay(day: string): string {
  return new Date(`${day}T23:59:59.999`).toISOString();
}

/** The day of a moment: `2026-05-01`. */
export function dayOf(moment: string): string {
  const date = new Date(moment);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
