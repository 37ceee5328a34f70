import type { Progress } from "../index.ts";

/** Less is over before anybody could read its progress. */
const LEAST_BYTES = 1024 * 1024;

const CLEAR_LINE = "\r\u001b[K";

/** Shows how far a call is, in one line. */
export interface ProgressLine {
  /** For the call; undefined if nothing is shown. */
  readonly onProgress: ((progress: Progress) => void) | undefined;
  /** Removes the line. */
  end(): void;
}

/** A terminal, as far as it is used. */
type Terminal = Pick<NodeJS.WriteStream, "isTTY" | "write"> & { readonly columns?: number };

const DEFAULT_COLUMNS = 80;

/**
 * Shows how much of more than 1 MiB has been sent or received, and a bar if the whole is known. It shows nothing if
 * `stream` is not a terminal, or one that cannot go back in a line.
 *
 * @param totalBytes of the files that are sent; -1 if it is not known
 */
export function showProgress(stream: Terminal, totalBytes: number): ProgressLine {
  if (!stream.isTTY || process.env.TERM === "dumb") return { onProgress: undefined, end() {} };
  let shown = "";
  const show = (line: string): void => {
    if (line !== shown) stream.write(`${CLEAR_LINE}${line}`);
    shown = line;
  };
  const draw = (progress: Progress): void => {
    const text = describeProgress(progress, totalBytes);
    show(`${text}${barBehind(text, (stream.columns ?? DEFAULT_COLUMNS) - 1)}`);
  };
  return { onProgress: draw, end: () => show("") };
}

const LONGEST_BAR = 40;
const SHORTEST_BAR = 10;

/** A bar behind a text that says how many percent there are, as long as the line has room for it. */
function barBehind(text: string, columns: number): string {
  const [, percent] = /\((\d+) %\)$/.exec(text) ?? [];
  const length = Math.min(LONGEST_BAR, columns - text.length - " []".length);
  if (percent === undefined || length < SHORTEST_BAR) return "";
  const full = Math.floor((length * Number(percent)) / 100);
  return ` [${"#".repeat(full)}${" ".repeat(length - full)}]`;
}

/** `sent 12.0 MiB of 40.0 MiB (30 %)`; nothing for 1 MiB and less. Framing and encoders make a body longer than its files. */
export function describeProgress(
  { sent, sending, received, receiving }: Progress,
  totalBytes: number,
): string {
  if (received > LEAST_BYTES) return describe("received", received, receiving ?? -1);
  const total = sending ?? totalBytes;
  const isShort = total === -1 ? sent <= LEAST_BYTES : total <= LEAST_BYTES;
  return isShort || received > 0 ? "" : describe("sent", sent, total);
}

function describe(verb: string, bytes: number, total: number): string {
  if (total === -1 || bytes > total) return `${verb} ${mebibytes(bytes)}`;
  return `${verb} ${mebibytes(bytes)} of ${mebibytes(total)} (${Math.floor((100 * bytes) / total)} %)`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
