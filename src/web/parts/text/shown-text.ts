/** Sentences of the server as they are shown. Names from files stand in them, and must not turn what stands around them. Pure. */

/** What sets the direction of reading: `+360` after such a mark in a name reads as `063+`. */
const DIRECTION_MARKS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** The marks are written out, as the command line does: `\u{202e}`. */
export function shownText(text: string): string {
  return text.replace(DIRECTION_MARKS, (mark) => `\\u{${mark.charCodeAt(0).toString(16)}}`);
}
