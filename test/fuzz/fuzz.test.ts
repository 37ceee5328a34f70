import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findDelay, type Patience, type Sizes } from "./clock.ts";
import { faultOf, fuzz } from "./fuzzer.ts";
import { bytesOf } from "./shape.ts";
import type { Target } from "./target.ts";
import { TARGETS } from "./targets.ts";
import { loadFuzzVectors, readInput, writeInput } from "./vectors.ts";

const SEED = 1;
const CASES = 150;
const LARGEST = 64 << 10;
/** Other programs run on the machine too, so only a time that is far too long is reported. */
const PATIENCE: Patience = { anyMs: 100, isStrict: false };
/** These inputs were too slow once. Now they need a few milliseconds. */
const VECTOR_PATIENCE: Patience = { anyMs: 15, isStrict: false };

describe("readers of foreign bytes", () => {
  for (const target of TARGETS) {
    it(`${target.name}: ${CASES} cases of seed ${SEED}`, async () => {
      const goesOn = (played: number): boolean => played < CASES;
      const { finds } = await fuzz(target, { seed: SEED, goesOn, largest: LARGEST, patience: PATIENCE });
      assert.deepEqual(
        finds.map(({ why, number }) => `case ${number}: ${why}`),
        [],
      );
    });
  }

  for (const { name, vector } of loadFuzzVectors()) {
    it(`${name}: no more "${vector.why.slice(0, 60)}"`, async () => {
      const target = TARGETS.find(({ name }) => name === vector.target);
      assert.ok(target, `there is no target ${vector.target}`);
      const inputs = vector.inputs.map(readInput);
      for (const input of inputs) assert.equal(await faultOf(target, input), undefined);
      if (inputs.length === 3)
        assert.equal(await findDelay(target, inputs as unknown as Sizes, VECTOR_PATIENCE), undefined);
    });
  }
});

/** A reader with an error: its result is that of `read`. */
function faulty(read: (text: string) => unknown): Target {
  return {
    name: "faulty",
    largest: 8 << 10,
    nanosPerByte: 100,
    make: (random, size) => bytesOf(random.pick(["a", "b", "ab"]).repeat(size)),
    read: (input) => read(input.toString("latin1")),
    codeOf: () => undefined,
  };
}

describe("the fuzzer", () => {
  const options = { seed: 7, goesOn: (played: number) => played < 60, patience: { anyMs: 3 } };

  it("finds what takes its time squared", async () => {
    const quadratic = faulty((text) => {
      let sum = 0;
      for (let end = 0; end < text.length; end++) {
        for (let at = 0; at < end; at++) sum += text.charCodeAt(at) ^ end;
      }
      return sum;
    });
    // V8 may compile the reader while it is measured. Then it is only found to be slow, and more cases are needed.
    const patience = { anyMs: 3, isStrict: false };
    let { finds } = await fuzz(quadratic, { ...options, patience });
    for (let seed = 8; finds.length === 0 && seed < 18; seed++) {
      ({ finds } = await fuzz(quadratic, { ...options, patience, seed }));
    }
    assert.match(finds[0]?.why ?? "nothing", /^more than linear: [0-9.]+, [0-9.]+ and [0-9.]+ ms of CPU for/);
    assert.equal(finds[0]?.inputs.length, 3);
  });

  it("finds errors that are documented nowhere, and the shortest input that has them", async () => {
    const throwing = faulty((text) => {
      if (text.includes("ba")) throw new TypeError("a b before an a");
    });
    const { finds } = await fuzz(throwing, options);
    assert.deepEqual(
      finds.map(({ why, inputs }) => [why, ...inputs.map(String)]),
      [["TypeError: a b before an a", "ba"]],
    );
  });

  it("finds nothing where nothing is", async () => {
    const { finds, played } = await fuzz(
      faulty((text) => text.length),
      options,
    );
    assert.deepEqual([finds, played], [[], 60]);
  });

  it("writes long inputs as what is repeated in them", () => {
    const input = bytesOf(`head\r\n${"a: b\r\n".repeat(5000)}\r\n\xff`);
    assert.ok(JSON.stringify(writeInput(input)).length < 100);
    for (const one of [input, bytesOf("short"), Buffer.alloc(0)]) {
      assert.deepEqual(readInput(JSON.parse(JSON.stringify(writeInput(one)))), one);
    }
  });
});
