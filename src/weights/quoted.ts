// Text out of a file, as error messages show it: one line, never long, whatever the file says.

const LONGEST = 80;

/** `text` in quotation marks, control characters escaped, cut at 80 characters. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
}

/** A tensor's name for `FileError`, which adds the quotation marks itself. */
export function nameForError(name: string): string {
  return quoted(name).slice(1, -1);
}
