import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import {
  confine,
  EXPORT_FUEL,
  EXPORT_REFUEL,
  EXPORT_START,
  EXPORT_STARVED,
} from "../../host/guest/confine/confine.ts";
import { OffsetMap } from "../../host/guest/confine/offset-map.ts";
import type { Signature } from "../../host/guest/confine/types.ts";
import { PLUGIN_WASM } from "../../host/plugin-wasm.ts";
import {
  assembleText,
  confineText,
  type Exports,
  fuelled,
  fuelOf,
  instantiate,
  LIMITS,
  MEMORY,
} from "../support/confined.ts";
import { section, sectionsOf } from "../support/wasm-bytes.ts";

const PLUGIN = readFileSync(PLUGIN_WASM);

/** Ways to run for ever. Each export is called `spin`. */
const SPINNING: Record<string, string> = {
  "a loop": '(func (export "spin") (loop $l (br $l)))',
  "a loop with a condition": '(func (export "spin") (loop $l (br_if $l (i32.const 1))))',
  "a loop by br_table": '(func (export "spin") (loop $l (br_table $l $l (i32.const 7))))',
  "a loop around a block":
    '(func (export "spin") (loop $l (block $b (br_if $b (i32.const 1)) (unreachable)) (br $l)))',
  "a loop in both arms of an if":
    '(func (export "spin") (loop $l (if (i32.const 1) (then (br $l)) (else (br $l)))))',
  "nested loops": '(func (export "spin") (loop $o (loop $i (br_if $i (i32.const 0))) (br $o)))',
  "a loop that fills": `(func (export "spin")
    (loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br $l)))`,
  "a loop that copies": `(func (export "spin")
    (loop $l (memory.copy (i32.const 0) (i32.const 8) (i32.const 60000)) (br $l)))`,
  "a loop that asks for memory":
    '(func (export "spin") (loop $l (drop (memory.grow (i32.const 1))) (br $l)))',
  "a call in a loop": '(func $f) (func (export "spin") (loop $l (call $f) (br $l)))',
  "two functions that call each other in a loop": `(table funcref (elem $g))
    (func $f (param i32) (loop $l (call_indirect (param i32) (local.get 0) (i32.const 0)) (br $l)))
    (func $g (param i32) (nop)) (func (export "spin") (call $f (i32.const 1)))`,
};

describe("a confined guest", () => {
  for (const [what, wat] of Object.entries(SPINNING)) {
    it(`pays for ${what}, and ends when its fuel does`, () => {
      const exports = fuelled(wat, 1_000_000);
      assert.throws(() => exports.spin?.(), WebAssembly.RuntimeError);
      assert.ok(fuelOf(exports).value < 0);
    });
  }

  it("goes on after the host has given it more", () => {
    const exports = fuelled(
      `(func (export "run") (param $n i32) (result i32) (local $i i32)
        (loop $l (local.set $i (i32.add (local.get $i) (i32.const 3)))
          (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $i))`,
      1000,
    );
    assert.throws(() => exports.run?.(1000), WebAssembly.RuntimeError);
    fuelOf(exports).value = 1_000_000;
    assert.equal(exports.run?.(1000), 3000);
  });

  it("runs nothing before it is called: what it would start with is a function of the host's", () => {
    const exports = instantiate(
      confineText(`${MEMORY} (func $start (i32.store (i32.const 0) (i32.const 7))) (start $start)`).bytes,
    );
    const memory = Buffer.from((exports.memory as unknown as WebAssembly.Memory).buffer);
    assert.equal(memory.readInt32LE(0), 0);
    fuelOf(exports).value = 1000;
    exports[EXPORT_START]?.();
    assert.equal(memory.readInt32LE(0), 7);
  });

  it("exports what the host wants of its functions, and nothing else of what it did", () => {
    const source =
      assembleText(`${MEMORY} (table (export "t") 1 funcref) (global (export "g") i32 (i32.const 1))
      (func (export "a")) (func (export "b") (param i32)) (func (export "c"))`);
    const keepsFunction = (name: string, { parameters }: Signature): boolean =>
      name !== "c" && parameters.length === 0;
    const { bytes } = confine(source, { ...LIMITS, keepsFunction });
    const names = WebAssembly.Module.exports(new WebAssembly.Module(bytes)).map(({ name }) => name);
    assert.deepEqual(names, ["memory", "a", EXPORT_FUEL, EXPORT_STARVED, EXPORT_REFUEL]);
  });

  it("has no sections but those that do something", () => {
    const source = Buffer.concat([
      assembleText(MEMORY),
      section(0, "name", [0, 2, 1, 0x78]),
      section(0, "producers", [0]),
    ]);
    assert.deepEqual(
      sectionsOf(confine(source, LIMITS).bytes).filter(({ id }) => id === 0),
      [],
    );
  });

  it("grows to the limit and not past it, and the host knows that it tried", () => {
    const wat =
      '(memory (export "memory") 1) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))';
    const exports = instantiate(confineText(wat).bytes);
    fuelOf(exports).value = 1_000_000;
    const starved = exports[EXPORT_STARVED] as unknown as WebAssembly.Global<"i32">;
    assert.equal(exports.grow?.(3), 1);
    assert.equal(starved.value, 0);
    assert.equal(exports.grow?.(1), -1);
    assert.equal(starved.value, 1);
  });

  it("keeps a smaller maximum of its own", () => {
    const wat =
      '(memory (export "memory") 1 2) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))';
    const exports = instantiate(confineText(wat).bytes);
    fuelOf(exports).value = 1_000_000;
    assert.deepEqual([exports.grow?.(2), exports.grow?.(1)], [-1, 1]);
  });

  it("has all of its mutable globals exported, those that it hid too, and no others", () => {
    const { bytes } = confineText(`${MEMORY}
      (global $a (export "http_background_global_0") (mut i64) (i64.const 5))
      (global $b (mut f64) (f64.const 6)) (global $c (export "c") i32 (i32.const 7))
      (global $d (export "http_background_arena_top") (mut i32) (i32.const 8))`);
    const names = WebAssembly.Module.exports(new WebAssembly.Module(bytes)).map(({ name }) => name);
    assert.deepEqual(names.sort(), [
      "http_background_fuel",
      "http_background_global_0",
      "http_background_global_1",
      "http_background_global_2",
      "http_background_refuel",
      "http_background_starved",
      "memory",
    ]);
    const exports = instantiate(bytes) as unknown as Record<string, WebAssembly.Global>;
    const values = [0, 1, 2].map((i) => exports[`http_background_global_${i}`]?.value);
    assert.deepEqual(values, [5n, 6, 8]);
  });

  it("gives the same results as before", () => {
    const imports = {
      env: { abort() {} },
      http_background: { has_thread: () => 1, perform: () => 0, random() {} },
    };
    const plain = instantiate(PLUGIN, imports);
    const confined = instantiate(confine(PLUGIN, { memoryPages: 64 }).bytes, imports);
    fuelOf(confined).value = 1e9;
    confined[EXPORT_START]?.();
    for (let encoder = 0; encoder <= 5; encoder++) {
      for (const size of [0, 1, 47, 48, 49, 1000, 5000]) {
        fuelOf(confined).value = 1e9;
        const encoded = [plain, confined].map((exports) => encode(exports, encoder, size));
        assert.deepEqual(encoded[0], encoded[1], `${encoder} ${size}`);
      }
    }
  });

  it("is as it was for stack traces: places in its code lead back to the module that was given", () => {
    const source = assembleText(`${MEMORY} (func $first (nop)) (func $second (export "run") (param i32)
      (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (unreachable))`);
    const traps = (exports: Exports): number => {
      try {
        if (fuelOf(exports) !== undefined) fuelOf(exports).value = 1000;
        exports.run?.(3);
      } catch (error) {
        return Number.parseInt(/:0x([0-9a-f]+)/.exec((error as Error).stack ?? "")?.[1] ?? "", 16);
      }
      return assert.fail("it traps");
    };
    const { bytes, offsets } = confine(source, LIMITS);
    const place = traps(instantiate(bytes));
    const original = traps(instantiate(source));
    assert.notEqual(place, original);
    assert.equal(new OffsetMap(offsets).toOriginal(place), original);
  });
});

/** Modules that cannot be confined, and the message of the refusal. */
const REFUSED: [wat: string, message: RegExp][] = [
  ["", /must have one memory/],
  ['(memory (export "memory") 5)', /begins with 5 pages of memory; at most 4 are allowed/],
  [`${MEMORY} (func (export "http_background_start"))`, /exports the function "http_background_start"/],
  ["(memory 1 2 shared)", /shared/],
  ["(memory i64 1)", /64 bits|not valid/],
  ['(import "a" "memory" (memory 1))', /imports the memory "a\.memory"/],
  ['(import "a" "b" (global i32))', /imports the global "a\.b"/],
  ['(import "a" "b" (table 1 funcref))', /imports the table "a\.b"/],
  [`${MEMORY} (global (mut v128) (v128.const i64x2 0 0))`, /mutable global that is no number/],
  [`${MEMORY} (global (mut funcref) (ref.null func))`, /mutable global that is no number/],
  [`${MEMORY} (table 1 funcref) (func (table.set (i32.const 0) (ref.null func)))`, /instruction .* 0x26/],
  [`${MEMORY} (table 1 funcref) (func (drop (table.grow (ref.null func) (i32.const 1))))`, /0xfc 0x0f/],
  [
    `${MEMORY} (table 1 funcref) (func (table.fill (i32.const 0) (ref.null func) (i32.const 1)))`,
    /0xfc 0x11/,
  ],
  [`${MEMORY} (table 1 funcref) (func (table.copy (i32.const 0) (i32.const 0) (i32.const 1)))`, /0xfc 0x0e/],
  [`${MEMORY} (data "x") (func (data.drop 0))`, /0xfc 0x09/],
  [`${MEMORY} (func $f) (func (return_call $f))`, /instruction .* 0x12|not valid/],
  [`${MEMORY} (func (export "http_background_refuel"))`, /exports the function "http_background_refuel"/],
  [`${MEMORY} (func (export "http_background_global_7"))`, /exports the function "http_background_global_7"/],
];

describe("a module that cannot be confined", () => {
  for (const [wat, message] of REFUSED) {
    it(`is refused: ${wat || "nothing"}`, () => {
      assert.throws(() => confineText(wat), { code: "BAD_MODULE", message });
    });
  }

  it("is refused when it is no WebAssembly, or is cut short anywhere", () => {
    for (let length = 0; length < 2000; length += 7) {
      assert.throws(() => confine(PLUGIN.subarray(0, length), LIMITS), { code: "BAD_MODULE" });
    }
  });
});

function encode(exports: Exports, encoder: number, size: number): Buffer {
  const memory = exports.memory as unknown as WebAssembly.Memory;
  const ptr = exports.http_background_alloc?.(16 + size) ?? 0;
  const input = Buffer.from(memory.buffer, ptr, 16 + size);
  for (let i = 0; i < input.length; i++) input[i] = i < 16 ? 0 : (i * 7919) & 255;
  const record = exports.http_background_encode?.(encoder, ptr, size, 1) ?? 0;
  const written = Buffer.from(memory.buffer).readInt32LE(record);
  return Buffer.from(memory.buffer.slice(record, record + 20 + (written < 0 ? ~written : written)));
}
