import { setImmediate as turn } from "node:timers/promises";
import { ScriptError } from "../blame/errors.ts";
import type { GivenText } from "./script-text.ts";

/** A program as text, in memory that threads share: the texts as UTF-8, one after the other. */
export interface SharedTexts {
  readonly extension: string;
  /** Names, and the sizes of their texts in bytes. The first is the entry. */
  readonly sources: readonly (readonly [name: string, size: number])[];
  readonly bytes: Uint8Array;
}

/** How many characters are counted or encoded in one turn of the event loop, which is in a few milliseconds. */
const MOST_IN_TURN = 1 << 20;

/**
 * Encodes texts for another thread. To clone many texts would be one long step, in which nothing else could be done.
 *
 * @throws ScriptError MEMORY_LIMIT
 */
export async function shareTexts({ extension, sources }: Omit<GivenText, "language">): Promise<SharedTexts> {
  const sizes: [string, number][] = [];
  let total = 0;
  await forEachInTurns(sources, (name, text) => {
    const size = Buffer.byteLength(text);
    sizes.push([name, size]);
    total += size;
  });
  const bytes = reserve(total);
  let at = 0;
  await forEachInTurns(sources, (_name, text) => {
    at += bytes.write(text, at);
  });
  return { extension, sources: sizes, bytes };
}

/** The names and texts again. A half of a character has become U+FFFD. */
export function* textsOf({
  sources,
  bytes,
}: SharedTexts): Generator<[name: string, text: string, size: number]> {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  for (const [name, size] of sources) {
    yield [name, whole.toString("utf8", at, at + size), size];
    at += size;
  }
}

async function forEachInTurns(
  sources: GivenText["sources"],
  act: (name: string, text: string) => void,
): Promise<void> {
  let inTurn = 0;
  for (const [name, text] of sources) {
    inTurn += text.length;
    if (inTurn > MOST_IN_TURN) {
      await turn();
      inTurn = text.length;
    }
    act(name, text);
  }
}

function reserve(size: number): Buffer {
  try {
    return Buffer.from(new SharedArrayBuffer(size));
  } catch (cause) {
    const message = "the script was not compiled: there is not enough memory for its text";
    throw new ScriptError("MEMORY_LIMIT", message, { cause });
  }
}
