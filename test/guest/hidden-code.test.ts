import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { confine } from "../../host/guest/confine/confine.ts";
import {
  COVERS,
  HIDDEN,
  type Hiding,
  hidingModule,
  moduleWithType,
  PLACES,
  PREFIXES,
} from "../support/hidden-code.ts";
import { HEADER, join, type Part, section, sized, vector } from "../support/wasm-bytes.ts";

const LIMITS = { memoryPages: 16 };
const keysOf = <T extends object>(table: T): (keyof T)[] => Object.keys(table) as (keyof T)[];
const isValid = (bytes: Buffer): boolean => WebAssembly.validate(bytes as Buffer<ArrayBuffer>);
/** Whether this engine knows (ref null 0). */
const KNOWS_TYPES = isValid(
  join(HEADER, section(1, vector(join(0x60, vector(), vector()), join(0x60, vector([0x63, 0]), vector())))),
);

function isTaken(bytes: Buffer): boolean {
  try {
    confine(bytes, LIMITS);
    return true;
  } catch (error) {
    assert.equal((error as { code?: string }).code, "BAD_MODULE", String(error));
    return false;
  }
}

describe("code that only the engine would see", () => {
  for (const place of keysOf(PLACES)) {
    it(`is refused behind a type of the module's own: ${place}`, () => {
      for (const prefix of Object.values(PREFIXES)) {
        for (const cover of keysOf(COVERS)) {
          for (const hidden of keysOf(HIDDEN)) {
            const hiding: Hiding = { place, prefix, cover, hidden };
            const bytes = hidingModule(hiding);
            // A module that the engine refuses would prove nothing.
            assert.equal(isValid(bytes), KNOWS_TYPES, JSON.stringify(hiding));
            assert.throws(() => confine(bytes, LIMITS), {
              code: "BAD_MODULE",
              message: /(value|reference|block) type/,
            });
          }
        }
      }
    });
  }
});

/** Known types of one byte, by the places where they may be. */
const VALUES = [0x7f, 0x7e, 0x7d, 0x7c, 0x7b, 0x70, 0x6f];
const FUNCTIONS = [0x70];
/** A module is valid only if the types fit the code. In blocks and similar places these are references to functions. */
const KNOWN: Readonly<Record<keyof typeof PLACES, readonly number[]>> = {
  block: FUNCTIONS,
  loop: FUNCTIONS,
  if: FUNCTIONS,
  select: FUNCTIONS,
  locals: VALUES,
  "the second of two groups of locals": VALUES,
  "a parameter": VALUES,
  "a result": VALUES,
  "a global": FUNCTIONS,
  "a table": [],
  "an element segment": FUNCTIONS,
};

describe("a type of one byte", () => {
  for (const place of keysOf(PLACES)) {
    it(`is one of those that are known: ${place}`, () => {
      const taken = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) =>
        isTaken(moduleWithType(byte, place)),
      );
      assert.deepEqual(
        taken,
        [...KNOWN[place]].sort((a, b) => a - b),
      );
    });
  }
});

/** A module with a table, two data segments and one function: `() -> i32`. */
function moduleWithCode(...code: readonly Part[]): Buffer {
  return join(
    HEADER,
    section(1, vector(...Array<Part>(70).fill(join(0x60, vector(), vector(0x7f))))),
    section(3, vector(0)),
    section(4, vector([0x70, 0, 1])),
    section(5, vector([0, 1])),
    section(12, 1),
    section(10, vector(sized(vector(), ...code, 0x0b))),
    section(11, vector([1, 1, 0x78])),
  );
}

const ADDRESS: Part = [0x41, 0];
const ZEROS: Part = [0x41, 0, 0x41, 0, 0x41, 0];

/** Ways to write a number: those that are accepted, and those that are refused although an engine might accept them. */
const NUMBERS: Readonly<Record<string, { taken: readonly Part[]; refused: readonly Part[] }>> = {
  "a block type": {
    taken: [
      [0x02, 0x7f, ...ADDRESS, 0x0b],
      [0x02, 0, ...ADDRESS, 0x0b],
      [0x02, 0x3f, ...ADDRESS, 0x0b],
      [0x02, 0xc0, 0, ...ADDRESS, 0x0b],
      [0x02, 0xc5, 0, ...ADDRESS, 0x0b],
    ],
    refused: [
      [0x02, 0xc6, 0, ...ADDRESS, 0x0b],
      [0x02, 0x80, 0, ...ADDRESS, 0x0b],
      [0x02, 0x81, 0x80, 0, ...ADDRESS, 0x0b],
      [0x02, 0xff, 0x7f, ...ADDRESS, 0x0b],
      [0x02, 0xff, 0xff, 0xff, 0xff, 0x7f, ...ADDRESS, 0x0b],
      [0x02, 0x80, 0x80, 0x80, 0x80, 0x10, ...ADDRESS, 0x0b],
    ],
  },
  "an i32": {
    taken: [
      [0x41, 0x7f],
      [0x41, 0x80, 0x80, 0x80, 0x80, 0x78],
      [0x41, 0xff, 0xff, 0xff, 0xff, 0x07],
      [0x41, 0x80, 0x80, 0],
    ],
    refused: [
      [0x41, 0x80, 0x80, 0x80, 0x80, 0x08],
      [0x41, 0x80, 0x80, 0x80, 0x80, 0x70],
      [0x41, 0x80, 0x80, 0x80, 0x80, 0x80, 0],
    ],
  },
  "an i64": {
    taken: [
      [0x42, ...Array<number>(9).fill(0x80), 0x7f, 0xa7],
      [0x42, ...Array<number>(9).fill(0xff), 0, 0xa7],
    ],
    refused: [
      [0x42, ...Array<number>(9).fill(0x80), 0x01, 0xa7],
      [0x42, ...Array<number>(10).fill(0x80), 0, 0xa7],
    ],
  },
  "an index": {
    taken: [
      [0x10, 0],
      [0x10, 0x80, 0x80, 0x80, 0x80, 0],
      [...ADDRESS, 0x11, 0, 0x80, 0],
    ],
    refused: [
      [0x10, 0x80, 0x80, 0x80, 0x80, 0x10],
      [0x10, 0x80, 0x80, 0x80, 0x80, 0x80, 0],
      [0x10, 1],
      [...ADDRESS, 0x11, 0x46, 0],
    ],
  },
  "an access to memory": {
    taken: [
      [...ADDRESS, 0x28, 2, 0],
      [...ADDRESS, 0x28, 2, 0xff, 0xff, 0xff, 0xff, 0x0f],
    ],
    refused: [
      [...ADDRESS, 0x28, 3, 0],
      [...ADDRESS, 0x28, 0x42, 0, 0],
      [...ADDRESS, 0x28, 0x22, 0],
      [...ADDRESS, 0x28, 0xc2, 0, 0, 0],
      [...ADDRESS, 0x28, 2, 0x80, 0x80, 0x80, 0x80, 0x80, 0],
      [...ADDRESS, 0x28, 2, 0x80, 0x80, 0x80, 0x80, 0x10],
    ],
  },
  "the index of a memory": {
    taken: [
      [0x3f, 0],
      [...ADDRESS, 0x40, 0],
      [...ZEROS, 0xfc, 0x0b, 0, ...ADDRESS],
      [...ZEROS, 0xfc, 0x0a, 0, 0, ...ADDRESS],
      [...ZEROS, 0xfc, 0x08, 0, 0, ...ADDRESS],
    ],
    refused: [
      [0x3f, 0x80, 0],
      [...ADDRESS, 0x40, 0x80, 0],
      [...ADDRESS, 0x40, 1],
      [...ZEROS, 0xfc, 0x0b, 0x80, 0, ...ADDRESS],
      [...ZEROS, 0xfc, 0x0a, 0x80, 0, 0, ...ADDRESS],
      [...ZEROS, 0xfc, 0x0a, 0, 0x80, 0, ...ADDRESS],
      [...ZEROS, 0xfc, 0x08, 0, 0x80, 0, ...ADDRESS],
    ],
  },
  "an opcode behind a prefix": {
    taken: [
      [0x43, 0, 0, 0, 0, 0xfc, 0],
      [...ADDRESS, 0xfd, 0x0f, 0xfd, 0x83, 0x01],
    ],
    refused: [
      [0x43, 0, 0, 0, 0, 0xfc, 0x80, 0],
      [...ADDRESS, 0xfd, 0x8f, 0, 0xfd, 0x83, 0x01],
      [...ADDRESS, 0xfd, 0x0f, 0xfd, 0x83, 0x81, 0],
      [...ADDRESS, 0xfd, 0x0f, 0xfd, 0x9a, 0x01],
      [...ADDRESS, 0xfd, 0x0f, 0xfd, 0xa0, 0x02],
    ],
  },
  "a select with types": {
    taken: [[...ZEROS, 0x1c, 1, 0x7f]],
    refused: [
      [...ZEROS, 0x1c, 0x81, 0, 0x7f],
      [...ZEROS, 0x1c, 2, 0x7f, 0x7f],
      [...ZEROS, 0x1c, 0],
    ],
  },
  "null of a type": {
    taken: [
      [0xd0, 0x70, 0xd1],
      [0xd0, 0x6f, 0xd1],
    ],
    refused: [
      [0xd0, 0, 0xd1],
      [0xd0, 0x6e, 0xd1],
      [0xd0, 0xf0, 0x7f, 0xd1],
      [0xd0, 0x63, 0, 0xd1],
    ],
  },
};

describe("what follows an instruction", () => {
  for (const [what, { taken, refused }] of Object.entries(NUMBERS)) {
    it(`is read to the last bit: ${what}`, () => {
      for (const code of taken) assert.ok(isTaken(moduleWithCode(code)), join(code).toString("hex"));
      for (const code of refused) assert.ok(!isTaken(moduleWithCode(code)), join(code).toString("hex"));
    });
  }
});
