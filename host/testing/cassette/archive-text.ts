import { randomUUID } from "node:crypto";
import type { SecretValues } from "../request/secret-values.ts";
import type { Har } from "./har.ts";
import { LONG, type Pace } from "./pace.ts";

/** A part of the text of an archive. */
interface Part {
  readonly text: string;
  /** Whether it is JSON; otherwise it is what is in a text of JSON. */
  readonly isJson: boolean;
}

/** How many characters are written at a time. */
const PIECE = 2 ** 18;
const INDENT = 2;
/** Before each line of an entry. */
const ENTRY_INDENT = " ".repeat(3 * INDENT);

/** What `JSON.stringify(archive, null, 2)` is, and a line end, in pieces: an archive may be longer than a text can be. */
export function* textOf(archive: Har): Generator<string> {
  let piece = "";
  for (const { text, isJson } of partsOf(archive)) {
    for (const slice of isJson ? [text] : escapedSlices(text)) {
      piece += slice;
      if (piece.length < PIECE) continue;
      yield piece;
      piece = "";
    }
  }
  yield `${piece}\n`;
}

/** Whether a secret is in an archive. */
export async function isSecretIn(archive: Har, secrets: SecretValues, pace: Pace): Promise<boolean> {
  for (const { text } of partsOf(archive))
    if ((await mayHold(secrets, { text }, pace)) && secrets.areIn(text)) return true;
  return false;
}

/** Whether a secret may be in a text. Only if not, that is certain. */
export async function mayHold(
  secrets: SecretValues,
  { text, encoding = "utf8" }: { text: string; encoding?: "utf8" | "latin1" },
  pace: Pace,
): Promise<boolean> {
  for (let start = 0; start < text.length; start += LONG) {
    if (secrets.mayBeIn(text, { encoding, start, end: Math.min(text.length, start + LONG) })) return true;
    await pace.rest();
  }
  return false;
}

function* partsOf(archive: Har): Generator<Part> {
  const { entries } = archive.log;
  const mark = randomUUID();
  const around = JSON.stringify({ ...archive, log: { ...archive.log, entries: [mark] } }, null, INDENT);
  const [before = "", after = ""] = around.split(`"${mark}"`);
  if (entries.length === 0) {
    yield { text: `${before.trimEnd()}${after.trimStart()}`, isJson: true };
    return;
  }
  for (const [at, entry] of entries.entries()) {
    yield { text: at === 0 ? before : `,\n${ENTRY_INDENT}`, isJson: true };
    yield* entryParts(entry);
  }
  yield { text: after, isJson: true };
}

/** Long texts are parts of their own. */
function* entryParts(entry: unknown): Generator<Part> {
  const mark = randomUUID();
  const longs: string[] = [];
  const text = JSON.stringify(
    entry,
    (_, value: unknown) => {
      if (typeof value !== "string" || value.length <= LONG) return value;
      longs.push(value);
      return mark;
    },
    INDENT,
  );
  for (const [at, piece] of text.replaceAll("\n", `\n${ENTRY_INDENT}`).split(mark).entries()) {
    if (at > 0) yield { text: longs[at - 1] as string, isJson: false };
    yield { text: piece, isJson: true };
  }
}

function* escapedSlices(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const isCut = isFirstHalf(text.charCodeAt(start + PIECE - 1));
    const end = start + PIECE + (isCut ? 1 : 0);
    yield JSON.stringify(text.slice(start, end)).slice(1, -1);
    start = end;
  }
}

/** Whether the code is the first one of two that are one character. */
function isFirstHalf(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
