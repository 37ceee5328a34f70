import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { confine } from "../../host/guest/confine/confine.ts";
import { MOST } from "../../host/guest/confine/limits.ts";
import { PACKAGE_ROOT } from "../../host/package-root.ts";
import { HEADER, join, type Part, repeat, section, u32, vector } from "../support/wasm-bytes.ts";

const I32 = 0x7f;
const FUNCREF = 0x70;
const END = 0x0b;
const ZERO: readonly number[] = [0x41, 0, END];
const NULL: readonly number[] = [0xd0, FUNCREF, END];

const LIMITS = { memoryPages: 256 };

/** A vector with the same item `count` times. */
const many = (count: number, item: Part): Buffer => join(u32(count), repeat(item, count));
/** A vector with `count` items, each with its own name. */
const named = (count: number, item: (name: string) => Part): Buffer =>
  Buffer.concat([Buffer.from(u32(count)), ...Array.from({ length: count }, (_, i) => join(item(`n${i}`)))]);

/** The contents of the sections of a module with one function and a table, by their ids. */
const USUAL: Readonly<Record<number, Part>> = {
  1: vector(join(0x60, vector(), vector())),
  3: vector(0),
  4: vector([FUNCREF, 0, 1]),
  5: vector([0, 1]),
  10: vector([2, 0, END]),
};
const ORDER = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11];

function moduleWith(sections: Readonly<Record<number, Part>>): Buffer {
  const all = { ...USUAL, ...sections };
  const present = ORDER.filter((id) => id in all);
  return join(HEADER, ...present.map((id) => section(id, all[id] as Part)));
}

const body = (...code: Part[]): Part => {
  const content = join(...code);
  return join(1, u32(content.length), content);
};

/** Modules with this number of the thing that a limit counts, in all ways to have it. */
const WITH: Readonly<Record<keyof typeof MOST, readonly ((count: number) => Buffer)[]>> = {
  types: [(count) => moduleWith({ 1: many(count, join(0x60, vector(), vector())) })],
  parameters: [
    (count) => moduleWith({ 1: vector(USUAL1, join(0x60, many(count, I32), vector())) }),
    (count) => moduleWith({ 1: vector(USUAL1, join(0x60, vector(), many(count, I32))) }),
  ],
  imports: [(count) => moduleWith({ 2: named(count, (name) => join("m", name, 0, 0)) })],
  functions: [(count) => moduleWith({ 3: many(count, 0), 10: many(count, [2, 0, END]) })],
  memories: [(count) => moduleWith({ 5: many(count, [0, 1]) })],
  tables: [(count) => moduleWith({ 4: many(count, [FUNCREF, 0, 0]) })],
  tableElements: [
    (count) => moduleWith({ 4: vector([FUNCREF, 0, ...u32(count)]) }),
    (count) => moduleWith({ 4: vector([FUNCREF, 0, ...u32(count - 9)], [0x6f, 1, 9, 9]) }),
  ],
  mutableGlobals: [(count) => moduleWith({ 6: many(count, [I32, 1, ...ZERO]) })],
  globals: [(count) => moduleWith({ 6: many(count, [I32, 0, ...ZERO]) })],
  exports: [(count) => moduleWith({ 7: named(count, (name) => join(name, 0, 0)) })],
  entries: [],
  elementSegments: [
    (count) => moduleWith({ 9: many(count, [0, ...ZERO, 0]) }),
    (count) => moduleWith({ 9: many(count, [1, 0, 0]) }),
  ],
  segmentElements: [
    (count) => moduleWith({ 9: vector(join(1, 0, many(count, 0))) }),
    (count) => moduleWith({ 9: vector(join(1, 0, many(count - 5, 0)), join(1, 0, many(5, 0))) }),
    // All of them write to the same places.
    (count) =>
      moduleWith({
        4: vector([FUNCREF, 0, 16]),
        9: join(
          u32(Math.ceil(count / 16)),
          repeat(join(0, ZERO, many(16, 0)), count >> 4),
          count % 16 === 0 ? [] : join(0, ZERO, many(count % 16, 0)),
        ),
      }),
  ],
  dataSegments: [
    (count) => moduleWith({ 11: many(count, [0, ...ZERO, 0]) }),
    (count) => moduleWith({ 12: u32(count), 11: many(count, [1, 0]) }),
  ],
  constants: [
    (count) => moduleWith({ 6: globalsOf(count - 120_000), 9: vector(join(5, FUNCREF, many(60_000, NULL))) }),
    (count) => moduleWith({ 6: globalsOf(count - 120_000), 11: many(60_000, [0, ...ZERO, 0]) }),
    (count) =>
      moduleWith({
        6: globalsOf(count - 110_000),
        9: many(10_000, [0, ...ZERO, 0]),
        11: many(45_000, [0, ...ZERO, 0]),
      }),
  ],
  locals: [
    (count) => moduleWith({ 10: body([...many(1, join(u32(count), I32)), END]) }),
    (count) => moduleWith({ 10: body([...vector(join(u32(count - 1), I32), [1, 0x7c]), END]) }),
    (count) => moduleWith({ 10: body([...many(count, [1, I32]), END]) }),
    (count) => moduleWith({ 10: body([...many(count, [0, I32]), END]) }),
    (count) =>
      moduleWith({
        1: vector(join(0x60, many(9, I32), vector())),
        10: body([...vector(join(u32(count - 9), I32)), END]),
      }),
  ],
  branchTargets: [(count) => moduleWith({ 10: body(0, [0x41, 0, 0x0e], many(count, 0), 0, END) })],
  customSections: [(count) => join(moduleWith({}), repeat(section(0, "x"), count))],
  nameBytes: [
    (count) => moduleWith({ 7: vector(join("x".repeat(count), 0, 0)) }),
    (count) => moduleWith({ 2: vector(join("x".repeat(count), "f", 0, 0)) }),
    (count) => moduleWith({ 2: vector(join("m", "x".repeat(count), 0, 0)) }),
  ],
};

const USUAL1: Part = join(0x60, vector(), vector());

/** Globals whose constants have this many instructions, or one more. Each has a value and an `end`. */
function globalsOf(instructions: number): Buffer {
  return many(Math.ceil(instructions / 2), [I32, 0, ...ZERO]);
}

const DOCS = readFileSync(new URL("docs/script-runtime.md", PACKAGE_ROOT), "utf8");

describe("a limit of modules", () => {
  for (const { most, what } of Object.values(MOST)) {
    it(`is documented: ${what}`, () => {
      assert.ok(DOCS.includes(`\n| ${what} | ${most.toLocaleString("en")} |\n`));
    });
  }

  for (const [name, ways] of Object.entries(WITH)) {
    const { most, what } = MOST[name as keyof typeof MOST];
    for (const [i, withSo] of ways.entries()) {
      it(`is exact: ${most} ${what}${i === 0 ? "" : `, in another way (${i})`}`, () => {
        confine(withSo(most), LIMITS);
        assert.throws(() => confine(withSo(most + 1), LIMITS), {
          code: "BAD_MODULE",
          message: `the module has more than ${most} ${what}`,
        });
      });
    }
  }
});
