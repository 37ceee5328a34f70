import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { MOST_WORK } from "../../host/guest/confine/compile-work.ts";
import {
  type Confined,
  confine,
  EXPORT_FUEL,
  EXPORT_REFUEL,
  EXPORT_STARVED,
} from "../../host/guest/confine/confine.ts";
import { refuelFunction } from "../../host/guest/engine/meter.ts";
import { PLUGIN_WASM } from "../../host/plugin-wasm.ts";
import { assemble } from "../support/assemble.ts";
import { HEADER, join, type Part, section, sized, u32, vector } from "../support/wasm-bytes.ts";

const LIMITS = { memoryPages: 4, startFuel: 10_000 };
const PLUGIN = readFileSync(PLUGIN_WASM);

const assembleText = (wat: string): Buffer =>
  Buffer.from(assemble(wat, { isSuspendable: false, hasReferences: true }));
const confineText = (wat: string): Confined => confine(assembleText(wat), LIMITS);

type Exports = Record<string, (...args: number[]) => number>;

function instantiate(bytes: Buffer, imports = {}): Exports & { [name: string]: unknown } {
  const module = new WebAssembly.Module(bytes as Buffer<ArrayBuffer>);
  return new WebAssembly.Instance(module, imports).exports as Exports;
}

const fuelOf = (exports: object): WebAssembly.Global<"i32"> => (exports as never)[EXPORT_FUEL];

/** An instance that has this much fuel, and traps when it is used up. */
function fuelled(wat: string, units: number): Exports & { [name: string]: unknown } {
  const exports = instantiate(confineText(`(memory (export "memory") 1) ${wat}`).bytes);
  fuelOf(exports).value = units;
  return exports;
}

const MEMORY = '(memory (export "memory") 1)';

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

  it("pays for code without a loop by its length", () => {
    const body = (count: number) =>
      `(func (export "run") ${"(i32.store (i32.const 8) (i32.const 1))".repeat(count)})`;
    const spent = (count: number): number => {
      const exports = fuelled(body(count), 1_000_000);
      exports.run?.();
      return 1_000_000 - fuelOf(exports).value;
    };
    const [short, long] = [spent(10), spent(1000)];
    assert.ok(long > 50 * short, `${short} for 10, ${long} for 1,000`);
  });

  it("pays for what runs, not for what is beside it", () => {
    const cold = "(i32.store (i32.const 8) (i32.const 1))".repeat(10_000);
    const exports = fuelled(`(func (export "run") (param i32) (if (local.get 0) (then ${cold})))`, 1_000_000);
    exports.run?.(0);
    assert.ok(1_000_000 - fuelOf(exports).value < 200);
    exports.run?.(1);
    assert.ok(1_000_000 - fuelOf(exports).value > 10_000);
  });

  it("pays for locals that are cleared", () => {
    const wat = (locals: number) =>
      `(func $f (local ${"i32 ".repeat(locals)})) (func (export "run") (call $f))`;
    const spent = (locals: number): number => {
      const exports = fuelled(wat(locals), 1_000_000);
      exports.run?.();
      return 1_000_000 - fuelOf(exports).value;
    };
    assert.ok(spent(40_000) - spent(0) >= 5000);
  });

  it("pays for bytes that are filled", () => {
    const fill = `(func (export "run") (param i32)
      (memory.fill (i32.const 0) (i32.const 0) (local.get 0)))`;
    const exports = fuelled(fill, 1_000_000);
    exports.run?.(65_536);
    const spent = 1_000_000 - fuelOf(exports).value;
    assert.ok(spent > 4096 && spent < 8192, `${spent}`);
  });

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

  it("runs its start function on the fuel for that, and no further", () => {
    const start = (count: number) => `${MEMORY} (global $i (mut i32) (i32.const 0))
      (func $start (loop $l (global.set $i (i32.add (global.get $i) (i32.const 1)))
        (br_if $l (i32.lt_u (global.get $i) (i32.const ${count}))))) (start $start)`;
    instantiate(confineText(start(100)).bytes);
    assert.throws(() => instantiate(confineText(start(10_000)).bytes), WebAssembly.RuntimeError);
  });

  it("grows to the limit and not past it, and the host knows that it tried", () => {
    const wat =
      '(memory (export "memory") 1) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))';
    const exports = instantiate(confineText(wat).bytes) as Exports & Record<string, unknown>;
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
    const plain = instantiate(PLUGIN, imports) as Exports & Record<string, unknown>;
    const confined = instantiate(confine(PLUGIN, { memoryPages: 64, startFuel: 1e8 }).bytes, imports);
    (confined[EXPORT_REFUEL] as unknown as WebAssembly.Table).set(0, refuelFunction());
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
    assert.equal(offsets.toOriginal(place), original);
  });
});

describe("a module", () => {
  it("may have as many elements and mutable globals as there may be", () => {
    confineText(`${MEMORY} (table 65536 funcref)`);
    confineText(`${MEMORY} (table 65535 funcref) (table 1 funcref)`);
    confineText(`${MEMORY} ${globals(4096)}`);
  });
});

function globals(count: number): string {
  return Array.from({ length: count }, (_, i) => `(global $g${i} (mut i32) (i32.const ${i}))`).join(" ");
}

/** What cannot be confined, and what the refusal says. */
const REFUSED: [wat: string, message: RegExp][] = [
  ["", /must have one memory/],
  ['(memory (export "memory") 5)', /begins with 5 pages of memory; at most 4 are allowed/],
  ["(memory 1) (memory 1)", /more than 1 memory/],
  ["(memory 1 2 shared)", /shared/],
  ["(memory i64 1)", /64 bits|not valid/],
  ['(import "a" "memory" (memory 1))', /imports the memory "a\.memory"/],
  ['(import "a" "b" (global i32))', /imports the global "a\.b"/],
  ['(import "a" "b" (table 1 funcref))', /imports the table "a\.b"/],
  [`${MEMORY} (table 65537 funcref)`, /more than 65536 elements/],
  [`${MEMORY} ${globals(4097)}`, /more than 4096 mutable globals/],
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

const MANY = 40_000;
/** (block (br_table 0 0 0 (i32.const 0))) */
const BLOCK = Buffer.from([0x02, 0x40, 0x41, 0, 0x0e, 2, 0, 0, 0, 0x0b]);
const SLOW: [what: string, locals: Part, before: Part, behind: Part][] = [
  ["locals", vector(join(u32(MANY), 0x7f)), [], []],
  ["operands", vector(), Buffer.alloc(2 * MANY).fill(Buffer.from([0x41, 0])), Buffer.alloc(MANY, 0x1a)],
];

/** A module with one function, which has no parameters and no results. */
function moduleWith(body: Buffer): Buffer {
  return join(
    HEADER,
    section(1, vector(join(0x60, vector(), vector()))),
    section(3, vector(0)),
    section(5, vector([0, 1])),
    section(10, vector(body)),
  );
}

describe("a module that cannot be confined", () => {
  for (const [wat, message] of REFUSED) {
    it(`is refused: ${wat || "nothing"}`, () => {
      assert.throws(() => confineText(wat), { code: "BAD_MODULE", message });
    });
  }

  for (const [what, locals, before, behind] of SLOW) {
    it(`is refused if compiling it would take long: many branches among many ${what}`, () => {
      const confineBlocks = (count: number): Confined => {
        const blocks = Buffer.concat(Array<Buffer>(count).fill(BLOCK));
        return confine(moduleWith(sized(locals, before, blocks, behind, 0x0b)), LIMITS);
      };
      // Of each block what is behind it, and the five bytes of br_table; and a charge for every five blocks.
      const most = Math.floor(MOST_WORK / 40_000 / 6.2);
      confineBlocks(most - 5);
      assert.throws(() => confineBlocks(most + 5), { code: "BAD_MODULE", message: /too many branches/ });
    });
  }

  it("is refused if it has very many branches, or a function that no compiler takes", () => {
    const functionOf = (code: readonly number[], count: number): Buffer =>
      moduleWith(sized(vector(), Buffer.concat(Array<Buffer>(count).fill(Buffer.from(code))), 0x0b));
    const loop = [0x03, 0x40, 0x0b];
    assert.throws(() => confine(functionOf(loop, 2_000_000), LIMITS), { message: /too many branches/ });
    assert.throws(() => confine(functionOf(loop, 300_000), LIMITS), {
      message: /function that is too large/,
    });
    confine(functionOf(loop, 200_000), LIMITS);
  });

  it("is refused when it is no WebAssembly, or is cut short anywhere", () => {
    for (let length = 0; length < 2000; length += 7) {
      assert.throws(() => confine(PLUGIN.subarray(0, length), LIMITS), { code: "BAD_MODULE" });
    }
  });
});

function encode(exports: Exports & Record<string, unknown>, encoder: number, size: number): Buffer {
  const memory = exports.memory as unknown as WebAssembly.Memory;
  const ptr = exports.http_background_alloc?.(16 + size) ?? 0;
  const input = Buffer.from(memory.buffer, ptr, 16 + size);
  for (let i = 0; i < input.length; i++) input[i] = i < 16 ? 0 : (i * 7919) & 255;
  const record = exports.http_background_encode?.(encoder, ptr, size, 1) ?? 0;
  const written = Buffer.from(memory.buffer).readInt32LE(record);
  return Buffer.from(memory.buffer.slice(record, record + 20 + (written < 0 ? ~written : written)));
}
