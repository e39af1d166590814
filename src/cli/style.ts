// Colour for a stream that wants it, and text that is safe to show on a terminal.

export type Paint = (style: "bold" | "dim" | "red" | "green", text: string) => string;

const CODES = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39] } as const; // ECMA-48 SGR: on, off

/** Colours on a terminal only; NO_COLOR (no-color.org) and TERM=dumb switch them off, FORCE_COLOR on. */
export function painter(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): Paint {
  const isForced = (env["FORCE_COLOR"] ?? "0") !== "0" && env["FORCE_COLOR"] !== "";
  const isPlain = (env["NO_COLOR"] ?? "") !== "" || (!isForced && (stream.isTTY !== true || env["TERM"] === "dumb"));
  return (style, text) => (isPlain ? text : `\x1b[${CODES[style][0]}m${text}\x1b[${CODES[style][1]}m`);
}

/** One line of text without control characters: a file name may hold newlines and escape sequences. */
export function shownText(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    const known = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[character];
    return known ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
