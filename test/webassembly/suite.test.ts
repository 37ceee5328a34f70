import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { assembleText } from "../support/confined.ts";
import { callInBits } from "./bits.ts";
import { emptyTally, playFile, type Tally } from "./play.ts";

const SIGNALLING = String(0x7fa00001);
const DOUBLE = String(0x7ff4000000000001n);
const LANES = ["1", "2", "3", "4294967295"];

/** A module with a function for each kind of value and of ending. */
const MODULE = `
  (memory 1) (global $runs (mut i32) (i32.const 0)) (data (i32.const 8) "\\2a")
  (func (export "sum") (param i32 i64) (result i64) (i64.add (i64.extend_i32_s (local.get 0)) (local.get 1)))
  (func (export "both") (param f32 f64) (result f64 f32) (local.get 1) (local.get 0))
  (func (export "lanes") (param v128) (result v128) (local.get 0))
  (func (export "divide") (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0)))
  (func $deep (export "deep") (call $deep))
  (func (export "count") (result i32)
    (global.set $runs (i32.add (global.get $runs) (i32.const 1))) (global.get $runs))
  (func (export "loop") (param i32) (result i32)
    (loop $l (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if $l (local.get 0)))
    (i32.load (i32.const 8)))`;

const value = (type: string, text: string): object => ({ type, value: text });
const invoke = (field: string, ...args: object[]): object => ({ type: "invoke", field, args });
const returns = (action: object, ...types: string[]): object => ({
  type: "assert_return",
  line: 1,
  action,
  expected: types.map((type) => ({ type })),
});

describe("the player of the WebAssembly test suite", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "webassembly-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  function play(modules: Record<string, Buffer>, commands: object[]): Tally {
    for (const [name, wasm] of Object.entries(modules)) writeFileSync(join(folder, name), wasm);
    const path = join(folder, "commands.json");
    writeFileSync(path, JSON.stringify({ commands }));
    const tally = emptyTally();
    playFile(path, tally);
    return tally;
  }
  const module = (filename: string, rest = {}) => ({ type: "module", line: 1, filename, ...rest });

  it("finds confined modules equal in every kind of value, and in every way to end", () => {
    const tally = play({ "a.wasm": assembleText(MODULE) }, [
      module("a.wasm"),
      returns(invoke("sum", value("i32", "4294967295"), value("i64", "18446744073709551615")), "i64"),
      returns(invoke("both", value("f32", SIGNALLING), value("f64", DOUBLE)), "f64", "f32"),
      returns(invoke("lanes", { type: "v128", lane_type: "i32", value: LANES }), "v128"),
      returns(invoke("loop", value("i32", "100000")), "i32"),
      returns(invoke("count"), "i32"),
      { ...returns(invoke("divide", value("i32", "0")), "i32"), type: "assert_trap" },
      { ...returns(invoke("deep")), type: "assert_exhaustion" },
    ]);
    assert.deepEqual(tally, { ...emptyTally(), equal: 7 });
  });

  it("gives and takes values to the bit", () => {
    const { exports } = new WebAssembly.Instance(
      new WebAssembly.Module(assembleText(MODULE) as Buffer<ArrayBuffer>),
      {},
    ) as { exports: Record<string, () => unknown> };
    const call = (name: string, args: object[], results: string[]): string =>
      callInBits(exports[name] as () => unknown, args as Parameters<typeof callInBits>[1], results);
    const floats = [value("f32", SIGNALLING), value("f64", DOUBLE)];
    assert.equal(call("both", floats, ["f64", "f32"]), `${DOUBLE} ${SIGNALLING}`);
    const lanes = { type: "v128", lane_type: "i32", value: LANES };
    assert.equal(call("lanes", [lanes], ["v128"]), `${1n + (2n << 32n)} ${3n - (1n << 32n)}`);
    assert.match(call("divide", [value("i32", "0")], ["i32"]), /^RuntimeError: divide by zero/);
  });

  it("links the confined module with confined modules", () => {
    const tally = play(
      {
        "a.wasm": assembleText(MODULE),
        "b.wasm": assembleText(
          '(import "a" "count" (func $count (result i32))) (func (export "twice") (result i32) (drop (call $count)) (call $count))',
        ),
      },
      [
        module("a.wasm", { name: "$a" }),
        { type: "register", line: 1, name: "$a", as: "a" },
        module("b.wasm"),
        returns(invoke("twice"), "i32"),
        returns({ ...invoke("count"), module: "$a" }, "i32"),
      ],
    );
    assert.deepEqual(tally, { ...emptyTally(), equal: 2 });
  });

  it("counts what is not played, and why", () => {
    const tally = play(
      { "a.wasm": assembleText('(import "spectest" "table" (table 1 funcref)) (func (export "f"))') },
      [module("a.wasm"), returns(invoke("f"))],
    );
    const refusals = new Map([['the module imports the table "spectest.table"', 1]]);
    assert.deepEqual(tally, { ...emptyTally(), skipped: 1, refusals });
  });

  it("finds a start that traps, and an invalid module that is refused", () => {
    const starts = assembleText("(func $start (unreachable)) (start $start)");
    const invalid = assembleText('(func (export "f") (result i32) (i32.const 1))');
    // The constant becomes one of 64 bits.
    invalid[invalid.lastIndexOf(0x41)] = 0x42;
    const tally = play({ "starts.wasm": starts, "invalid.wasm": invalid }, [
      { type: "assert_uninstantiable", line: 1, filename: "starts.wasm" },
      { type: "assert_invalid", line: 1, filename: "invalid.wasm", module_type: "binary" },
    ]);
    assert.deepEqual(tally, { ...emptyTally(), equal: 1, invalid: 2 });
  });

  it("finds what is different: how deep a recursion goes", () => {
    const wasm = assembleText(`(global $depth (mut i32) (i32.const 0))
      (func $deep (export "deep") (global.set $depth (i32.add (global.get $depth) (i32.const 1))) (call $deep))
      (func (export "depth") (result i32) (global.get $depth))`);
    const { equal, different } = play({ "a.wasm": wasm }, [
      module("a.wasm"),
      { ...returns(invoke("deep")), type: "assert_exhaustion" },
      returns(invoke("depth"), "i32"),
    ]);
    assert.equal(equal, 1);
    assert.equal(different.length, 1);
    assert.match(different[0] ?? "", /commands\.json:1: [0-9]+; confined: [0-9]+$/);
  });
});
