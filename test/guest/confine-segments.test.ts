import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { confine } from "../../host/guest/confine/confine.ts";
import { HEADER, join, type Part, section, sized, vector } from "../support/wasm-bytes.ts";

const PLACE: Part = [0x41, 0, 0x0b];
const FUNCTION: Part = [0xd2, 0, 0x0b];
const FUNCTIONS = 0x70;

/** Segments of data and of elements, and whether a module may have them. */
const DATA: readonly (readonly [what: string, segment: Part, isTaken: boolean])[] = [
  ["with a place", join(0, PLACE, 1, 0x78), true],
  ["passive", join(1, 1, 0x78), true],
  ["with a place in a memory that it names", join(2, 0, PLACE, 1, 0x78), true],
  ["in another memory", join(2, 1, PLACE, 1, 0x78), false],
  ["without the memory that it should name", join(2, PLACE, 1, 0x78), false],
  ["of an unknown kind", join(3, PLACE, 1, 0x78), false],
];
const ELEMENTS: typeof DATA = [
  ["indices with a place", join(0, PLACE, 1, 0), true],
  ["passive indices", join(1, 0, 1, 0), true],
  ["indices with a place in a table that it names", join(2, 0, PLACE, 0, 1, 0), true],
  ["indices that are only declared", join(3, 0, 1, 0), true],
  ["computed, with a place", join(4, PLACE, 1, FUNCTION), true],
  ["computed and passive", join(5, FUNCTIONS, 1, FUNCTION), true],
  ["computed, with a place in a table that it names", join(6, 0, PLACE, FUNCTIONS, 1, FUNCTION), true],
  ["computed and only declared", join(7, FUNCTIONS, 1, FUNCTION), true],
  ["of an unknown kind", join(8, PLACE, 1, 0), false],
  ["indices of what are no functions", join(1, 1, 1, 0), false],
];

/** A module with a memory, a table, one function and these segments. */
function moduleOf(elements: readonly Part[], data: readonly Part[]): Buffer {
  return join(
    HEADER,
    section(1, vector(join(0x60, vector(), vector()))),
    section(3, vector(0)),
    section(4, vector([FUNCTIONS, 0, 1])),
    section(5, vector([0, 1])),
    section(9, vector(...elements)),
    section(10, vector(sized(vector(), 0x0b))),
    section(11, vector(...data)),
  );
}

const isValid = (bytes: Uint8Array): boolean => WebAssembly.validate(Uint8Array.from(bytes));

describe("a segment of a module", () => {
  for (const [rows, kind] of [
    [DATA, "data"],
    [ELEMENTS, "elements"],
  ] as const) {
    for (const [what, segment, isTaken] of rows) {
      it(`is ${isTaken ? "taken" : "refused"}: ${kind}, ${what}`, () => {
        // The same again behind it, so that it matters where the first one ends.
        const bytes = kind === "data" ? moduleOf([], [segment, segment]) : moduleOf([segment, segment], []);
        if (!isTaken) return assert.throws(() => confine(bytes, { memoryPages: 1 }), { code: "BAD_MODULE" });
        assert.equal(isValid(bytes), true);
        assert.equal(isValid(confine(bytes, { memoryPages: 1 }).bytes), true);
      });
    }
  }
});
