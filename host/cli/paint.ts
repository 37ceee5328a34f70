import type { WriteStream } from "node:tty";

const STYLES = { red: [31, 39], green: [32, 39], dim: [2, 22], bold: [1, 22] } as const;

/**
 * Text in a colour, on a terminal that has colours and whose user wants them: `NO_COLOR`, `FORCE_COLOR` and `TERM=dumb`
 * are honoured. The text must have no control characters.
 */
export function paint(
  stream: Pick<NodeJS.WriteStream, "isTTY"> & Partial<Pick<WriteStream, "hasColors">>,
  style: keyof typeof STYLES,
  text: string,
): string {
  // FORCE_COLOR makes Node say yes whatever NO_COLOR says.
  if (stream.isTTY !== true || process.env.NO_COLOR || stream.hasColors?.() !== true) return text;
  const [begin, end] = STYLES[style];
  return `\u001b[${begin}m${text}\u001b[${end}m`;
}
