import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HttpBackgroundError } from "../../host/api/errors.ts";
import { confine } from "../../host/guest/confine/confine.ts";
import { HEADER, join, type Part, section, sized, vector } from "../support/wasm-bytes.ts";

const LONGEST = 5;
const EMPTY = 0x40;
const ZERO: readonly number[] = [0x41, 0];

/** What opens, splits, leaves and closes blocks. */
const PIECES: Readonly<Record<string, readonly number[]>> = {
  block: [0x02, EMPTY],
  loop: [0x03, EMPTY],
  if: [...ZERO, 0x04, EMPTY],
  else: [0x05],
  end: [0x0b],
  br_if: [...ZERO, 0x0d, 0],
  unreachable: [0x00],
};

/** All lists of so many pieces at most. */
function* lists(most: number): Generator<string[]> {
  yield [];
  if (most === 0) return;
  for (const list of lists(most - 1)) for (const piece of Object.keys(PIECES)) yield [...list, piece];
}

function moduleOf(pieces: readonly string[]): Buffer {
  const code = pieces.map((piece): Part => PIECES[piece] as Part);
  return join(
    HEADER,
    section(1, vector(join(0x60, vector(), vector()))),
    section(3, vector(0)),
    section(5, vector([0, 1])),
    section(10, vector(sized(0, ...code))),
  );
}

/** The code with which a module is refused; undefined if it is taken. */
function refusal(bytes: Buffer): string | undefined {
  try {
    confine(bytes, { memoryPages: 1 });
    return undefined;
  } catch (error) {
    assert.ok(error instanceof HttpBackgroundError, String(error));
    return error.code;
  }
}

describe("a function with blocks in any order", () => {
  it("is taken if it is valid, and otherwise refused as a wrong module", () => {
    const counts = { taken: 0, refused: 0 };
    for (const pieces of lists(LONGEST)) {
      const bytes = moduleOf(pieces);
      const isValid = WebAssembly.validate(bytes as Buffer<ArrayBuffer>);
      assert.equal(refusal(bytes), isValid ? undefined : "BAD_MODULE", pieces.join(" "));
      counts[isValid ? "taken" : "refused"]++;
    }
    assert.ok(counts.taken > 100 && counts.refused > counts.taken, JSON.stringify(counts));
  });
});
