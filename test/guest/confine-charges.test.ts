import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { costOf, fuelled, fuelOf, MEMORY } from "../support/confined.ts";
import { HEADER, join, type Part, repeat, section, sized, u32, vector } from "../support/wasm-bytes.ts";

const I32 = 0x7f;
const BLOCK = 0x02;
const LOOP = 0x03;
const IF = 0x04;
const ELSE = 0x05;
const END = 0x0b;
const CALL = 0x10;
const DROP = 0x1a;
const ONE: readonly number[] = [0x41, 1];
/** Makes local 0 1 if it was 0, and 0 if not; leaves it on the stack. */
const FLIP: readonly number[] = [0x20, 0, 0x45, 0x22, 0];
/** So many that the function is a large one: only its first call pays for its compilation. */
const FEWER = 750;
const MORE = 1000;

/** A module in which type 1 and function 1 take and give `count` operands. Function 1 ends with `last`. */
function moduleOf(count: number, code: Part, last: Part): Buffer {
  const operands = join(u32(count), repeat(I32, count));
  const callee = join(repeat([0x20, 0x80, 0], count), last);
  return join(
    HEADER,
    section(1, vector(join(0x60, vector(), vector()), join(0x60, operands, operands))),
    section(3, vector(0, 1)),
    section(4, vector([0x70, 0, 1])),
    section(5, vector([0, 1])),
    section(7, vector(join("memory", 2, 0), join("run", 0, 0))),
    section(9, vector([0, 0x41, 0, END, 1, 1])),
    section(
      10,
      vector(
        sized(vector([1, I32]), repeat(ONE, count), code, repeat(DROP, count), END),
        sized(vector(), callee, END),
      ),
    ),
  );
}

interface Move {
  readonly code: readonly number[];
  /** How often each operand moves. */
  readonly moves: number;
  readonly last?: Part;
}

const MOVES: Readonly<Record<string, Move>> = {
  block: { code: [BLOCK, 1, END], moves: 2 },
  loop: { code: [LOOP, 1, END], moves: 2 },
  if: { code: [...ONE, IF, 1, ELSE, END], moves: 2 },
  br: { code: [BLOCK, 1, 0x0c, 0, END], moves: 3 },
  "br out of two blocks": { code: [BLOCK, 1, BLOCK, 1, 0x0c, 1, END, END], moves: 5 },
  "br out of a block that takes none": { code: [BLOCK, 1, BLOCK, 0x40, END, 0x0c, 0, END], moves: 3 },
  br_if: { code: [BLOCK, 1, ...ONE, 0x0d, 0, END], moves: 3 },
  br_table: { code: [BLOCK, 1, ...ONE, 0x0e, 2, 0, 0, 0, END], moves: 3 },
  "br_if to a loop, once": { code: [LOOP, 1, ...FLIP, 0x0d, 0, END], moves: 4 },
  // The called function reads each of its parameters once.
  call: { code: [CALL, 1], moves: 2 + 2 + 1 },
  call_indirect: { code: [0x41, 0, 0x11, 1, 0], moves: 2 + 2 + 1 },
  return: { code: [CALL, 1], moves: 2 + 2 + 1 + 1, last: 0x0f },
  "br out of a function": { code: [CALL, 1], moves: 2 + 2 + 1 + 1, last: [0x0c, 0] },
};

describe("a confined guest pays for each operand that moves", () => {
  for (const [what, { code, moves, last = [] }] of Object.entries(MOVES)) {
    it(`with ${what}`, () => {
      const [fewer, more] = [FEWER, MORE].map((count) => costOf(moduleOf(count, code, last))) as [
        number,
        number,
      ];
      // Each operand is pushed before, and dropped afterwards.
      assert.equal((more - fewer) / (MORE - FEWER), moves + 2);
    });
  }
});

const LOCALS = "(local $i i32) (local $l i64) (local $f f64) (local $v v128)";
const REFERENCES = "(table 1 funcref) (elem (i32.const 0) $f) (func $f)";

/** Instructions that may be slower than others, and their cost together with the instructions that they need. */
const DEAR: Readonly<Record<string, { code: string; cost: number; module?: string }>> = {
  "a load": { code: "(drop (i32.load (local.get $i)))", cost: 8 + 2 },
  "a store": { code: "(i32.store8 (local.get $i) (local.get $i))", cost: 8 + 2 },
  "a load of a vector": { code: "(drop (v128.load (local.get $i)))", cost: 8 + 2 },
  "a store of a lane": { code: "(v128.store8_lane 0 (local.get $i) (local.get $v))", cost: 8 + 2 },
  "a division": { code: "(drop (i64.div_u (local.get $l) (i64.const 1)))", cost: 20 + 3 },
  "a square root": { code: "(drop (f64.sqrt (local.get $f)))", cost: 20 + 2 },
  "a product of floats": { code: "(drop (f64.mul (local.get $f) (local.get $f)))", cost: 4 + 3 },
  "a conversion of floats": { code: "(drop (f32.demote_f64 (local.get $f)))", cost: 4 + 2 },
  "table.get": {
    code: "(drop (table.get 0 (local.get $i)))",
    cost: 64 + 2,
    module: REFERENCES,
  },
  "ref.func": { code: "(drop (ref.func $f))", cost: 64 + 1, module: REFERENCES },
  "a simple instruction": { code: "(drop (i32.mul (local.get $i) (local.get $i)))", cost: 1 + 3 },
};

describe("a confined guest pays for what may take long", () => {
  for (const [what, { code, cost, module = "" }] of Object.entries(DEAR)) {
    it(`with ${what}`, () => {
      const costs = [500, 1000].map((count) =>
        costOf(`${module} (func (export "run") ${LOCALS} ${code.repeat(count)})`),
      ) as [number, number];
      assert.equal((costs[1] - costs[0]) / 500, cost);
    });
  }

  for (const [what, code] of Object.entries({
    "memory.fill": "(memory.fill (i32.const 0) (i32.const 0) (local.get 0))",
    "memory.copy": "(memory.copy (i32.const 0) (i32.const 0) (local.get 0))",
    "memory.init": "(memory.init $d (i32.const 0) (i32.const 0) (local.get 0))",
  })) {
    it(`with ${what}, by its bytes`, () => {
      const wat = `(data $d "${"x".repeat(65_536)}") (func (export "run") (param i32) ${code})`;
      assert.equal(costOf(wat, 65_536) - costOf(wat, 0), 4096);
      assert.equal(costOf(wat, 31) - costOf(wat, 0), 1);
    });
  }

  it("with memory.grow, by its pages if it gets them", () => {
    const wat = '(func (export "run") (param i32) (drop (memory.grow (local.get 0))))';
    const nothing = costOf(wat, 0);
    assert.ok(nothing > 10_000 && nothing < 11_000, `${nothing}`);
    assert.equal(costOf(wat, 1) - nothing, 4096);
    assert.equal(costOf(wat, 4) - nothing, 0);
  });

  it("with locals that are cleared", () => {
    const wat = (locals: number) =>
      `(func $f (local ${"i32 ".repeat(locals)})) (func (export "run") (call $f))`;
    assert.equal(costOf(wat(40_000)) - costOf(wat(8000)), 4000);
  });
});

/** 10,000 stores. */
const COLD = "(i32.store (i32.const 8) (i32.const 1))".repeat(10_000);

describe("a confined guest pays for what runs", () => {
  for (const [what, body] of Object.entries({
    "behind if": `(if (local.get 0) (then ${COLD}))`,
    "behind else": `(if (i32.eqz (local.get 0)) (then (nop)) (else ${COLD}))`,
    "behind br_if": `(block (br_if 0 (i32.eqz (local.get 0))) ${COLD})`,
    "behind a block that is left": `(block (if (local.get 0) (then (br 1))) (return)) ${COLD}`,
    "in a loop": `(if (local.get 0) (then (loop ${COLD})))`,
  })) {
    it(`and not for what is beside it, ${what}`, () => {
      const wat = `(func (export "run") (param i32) ${body})`;
      assert.ok(costOf(wat, 0) < 300, `${costOf(wat, 0)}`);
      assert.ok(costOf(wat, 1) > 100_000, `${costOf(wat, 1)}`);
    });
  }

  it("at each turn of a loop", () => {
    const wat = `(func (export "run") (param i32)
      (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))`;
    const cost = (costOf(wat, 1001) - costOf(wat, 1)) / 1000;
    assert.ok(cost >= 5 && cost < 30, `${cost}`);
  });

  /** Whether a store happened before the fuel was used up, in a function that is compiled already. */
  const storesFirst = (code: string, units: number): boolean => {
    const wat = `(func (export "run") (i32.store (i32.const 0) (i32.const 1)) ${code})`;
    const exports = fuelled(wat, 2 ** 30);
    exports.run?.();
    const memory = Buffer.from((exports.memory as unknown as WebAssembly.Memory).buffer).fill(0);
    fuelOf(exports).value = units;
    assert.throws(() => exports.run?.(), WebAssembly.RuntimeError);
    return memory.readInt32LE(0) === 1;
  };

  it("in parts, if that is much", () => {
    assert.ok(storesFirst(COLD.repeat(4), 300_000));
    // Each of them costs too little for its own charge.
    const forks = "(if (i32.const 1) (then (i32.store (i32.const 8) (i32.const 1))))".repeat(15_000);
    assert.ok(storesFirst(forks, 180_000));
  });

  it("before it runs", () => {
    assert.ok(!storesFirst(COLD, 100_000));
  });
});

describe("a confined guest pays for the compilation of a function", () => {
  const costs = (wat: string): [first: number, second: number] => {
    const exports = fuelled(wat, 2 ** 30);
    exports.run?.(0);
    const first = 2 ** 30 - fuelOf(exports).value;
    fuelOf(exports).value = 2 ** 30;
    exports.run?.(0);
    return [first, 2 ** 30 - fuelOf(exports).value];
  };

  it("with its first call, by its code and its charges", () => {
    const [first, second] = costs(`(func (export "run") (param i32) (if (local.get 0) (then ${COLD})))`);
    assert.ok(first - second > 70_000, `${first} ${second}`);
    assert.ok(second < 300, `${second}`);
  });

  it("with every call, if it is small", () => {
    const [first, second] = costs('(func (export "run") (param i32))');
    assert.equal(first, second);
    assert.ok(first > 300, `${first}`);
  });

  it("for each function by itself", () => {
    const count = 40;
    const body = `(if (local.get 0) (then ${COLD.slice(0, COLD.length / 20)}))`;
    const functions = Array.from({ length: count }, (_, i) => `(func $f${i} (param i32) ${body})`);
    const calls = Array.from({ length: count }, (_, i) => `(call $f${i} (local.get 0))`);
    const [first, second] = costs(
      `${functions.join(" ")} (func (export "run") (param i32) ${calls.join(" ")})`,
    );
    assert.ok(first - second > count * 3500, `${first} ${second}`);
    assert.ok(second < count * 300, `${second}`);
  });
});

describe("fuel", () => {
  it("does not wrap around, whatever is asked for at once", () => {
    const wat = `${MEMORY} (func (export "run")
      (memory.fill (i32.const 0) (i32.const 0) (i32.const -1)))`;
    const exports = fuelled(wat.replace(MEMORY, ""), 0);
    assert.throws(() => exports.run?.(), WebAssembly.RuntimeError);
    assert.ok(fuelOf(exports).value < 0);
  });
});
