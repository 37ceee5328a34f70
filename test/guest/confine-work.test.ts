import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MOST_FUNCTION_WORK, MOST_WORK } from "../../host/guest/confine/compile-work.ts";
import { confine } from "../../host/guest/confine/confine.ts";
import { LIMITS } from "../support/confined.ts";
import { HEADER, join, type Part, repeat, section, sized, u32, vector } from "../support/wasm-bytes.ts";

const I32 = 0x7f;
const END = 0x0b;
/** Number of values of each call, or of targets of a branch. */
const MANY = 500;

/** The cost of a branch without its bytes and its values; and the cost of a charge, including its branch. */
const BRANCH = 50;
const CHARGE = 23 + BRANCH;

/** A module of these functions, without parameters and results, and then one function with many of both. */
function moduleOf(...bodies: readonly Buffer[]): Buffer {
  const many = join(u32(MANY), repeat(I32, MANY));
  const callee = sized(vector(), repeat([0x20, 0], MANY), END);
  const count = u32(bodies.length + 1);
  return join(
    HEADER,
    section(1, vector(join(0x60, vector(), vector()), join(0x60, many, many))),
    section(3, count, repeat(0, bodies.length), 1),
    section(4, vector([0x70, 0, 1])),
    section(5, vector([0, 1])),
    section(10, Buffer.concat([Buffer.from(count), ...bodies, callee])),
  );
}

const bodyOf = (locals: number, ...code: readonly Part[]): Buffer =>
  sized(locals === 0 ? vector() : vector(join(u32(locals), I32)), ...code, END);

interface Slow {
  /** The code that is repeated, and its cost each time. */
  readonly code: Part;
  readonly work: number;
  readonly locals?: number;
  readonly before?: Part;
  readonly behind?: Part;
}

/** Code that takes the compiler a long time. */
const SLOW: Readonly<Record<string, Slow>> = {
  code: { code: [0x41, 0, 0x1a], work: 3 },
  branches: { code: [0x02, 0x40, END], work: 3 + BRANCH },
  "branches among many locals": { code: [0x02, 0x40, END], work: 3 + BRANCH + 10_000, locals: 10_000 },
  "branches among many operands": {
    code: [0x02, 0x40, END],
    work: 3 + BRANCH + 10_000,
    before: repeat([0x41, 0], 10_000),
    behind: repeat(0x1a, 10_000),
  },
  "branches in an else among its parameters": {
    code: [0x02, 0x40, END],
    work: 3 + BRANCH + MANY,
    before: join(repeat([0x41, 0], MANY), [0x41, 0, 0x04, 1, 0x00, 0x05]),
    behind: join(END, repeat(0x1a, MANY)),
  },
  "targets of br_table": {
    code: join(0x02, 0x40, 0x41, 0, 0x0e, u32(1000), repeat(0, 1001), END),
    work: 1008 + BRANCH + 1004 * BRANCH,
  },
  loops: { code: [0x03, 0x40, END], work: 3 + BRANCH + BRANCH + CHARGE },
  divisions: { code: [0x41, 0, 0x41, 1, 0x6d, 0x1a], work: 6 + 100 },
  truncations: { code: [0x43, 0, 0, 0, 0, 0xa8, 0x1a], work: 7 + 100 },
  calls: { code: [0x10, 0], work: 2 + 40 },
  "calls by a table": { code: [0x41, 0, 0x11, 0, 0], work: 5 + 100 },
  "calls with many values": {
    code: [0x10, 1],
    work: 2 + 40 + (MANY * 2 * MANY) / 4,
    before: repeat([0x41, 0], MANY),
    behind: repeat(0x1a, MANY),
  },
  "calls by a table with many values": {
    code: [0x41, 0, 0x11, 1, 0],
    work: 5 + 100 + (MANY * 2 * MANY) / 4,
    before: repeat([0x41, 0], MANY),
    behind: repeat(0x1a, MANY),
  },
};

const isTaken = (module: Buffer, message: RegExp): boolean => {
  try {
    confine(module, LIMITS);
    return true;
  } catch (error) {
    assert.match((error as Error).message, message);
    return false;
  }
};

/** A function with this code, `count` times. */
function slowFunction({ code, locals = 0, before = [], behind = [] }: Slow, count: number): Buffer {
  return bodyOf(locals, before, repeat(code, count), behind);
}

describe("a function that takes long to compile", () => {
  for (const [what, slow] of Object.entries(SLOW)) {
    it(`is refused, and not one that takes a little less: ${what}`, () => {
      const most = MOST_FUNCTION_WORK / slow.work;
      const isTakenWith = (count: number): boolean =>
        isTaken(moduleOf(slowFunction(slow, count)), /has a function that takes too long to compile/);
      // The rest is the function itself, its charges, and the code before and after.
      assert.ok(isTakenWith(Math.floor(0.95 * most)));
      assert.ok(!isTakenWith(Math.ceil(most)));
    });
  }
});

describe("a module that takes long to compile", () => {
  it("is refused for all of its functions, and not one that takes a little less", () => {
    const slow = SLOW["targets of br_table"] as Slow;
    const count = 25;
    const body = slowFunction(slow, count);
    const most = MOST_WORK / (count * slow.work);
    const isTakenWith = (functions: number): boolean =>
      isTaken(moduleOf(...Array<Buffer>(functions).fill(body)), /has too much code, too many branches/);
    assert.ok(isTakenWith(Math.floor(most) - 1));
    assert.ok(!isTakenWith(Math.ceil(most)));
  });
});
