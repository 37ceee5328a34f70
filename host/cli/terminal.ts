/** As much of a stream as is used. */
interface Stream {
  readonly isTTY?: boolean;
  write(content: string | Uint8Array): unknown;
}

/** Of C0, C1 and DEL all but the newline and the tab. */
const COMMANDS = /(?![\n\t])\p{Cc}/gu;

/**
 * Writes what a script, a compiler or a server has to say. To a terminal it goes without the characters that would command it:
 * they are shown as `\x1b`. To a file or a pipe it goes byte for byte.
 */
export function writeForeign(stream: Stream, content: string | Uint8Array): void {
  if (stream.isTTY !== true) stream.write(content);
  else stream.write(printable(typeof content === "string" ? content : Buffer.from(content).toString()));
}

function printable(text: string): string {
  return text.replace(COMMANDS, (command) => `\\x${command.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
