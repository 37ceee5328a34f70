import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { shareTexts, textsOf } from "../../host/script/compile/shared-texts.ts";
import { ScriptError } from "../../host/script/index.ts";
import { failureOf } from "../support/script-runtime.ts";

const MIB = 1 << 20;

const shared = async (...sources: [string, string][]) => {
  const texts = await shareTexts({ extension: ".ts", sources });
  return [...textsOf(structuredClone(texts))].map(([name, text]) => [name, text]);
};

describe("texts for the compiler's thread", () => {
  it("come there as they were, but for halves of characters", async () => {
    const given: [string, string][] = [
      ["a.ts", "häuser 🌍"],
      ["b.ts", ""],
      ["c.ts", "\ud83cx"],
      ["d.ts", "end"],
    ];
    const expected = given.map(([name, text]) => [name, Buffer.from(text).toString()]);
    assert.deepEqual(await shared(...given), expected);
    assert.deepEqual(await shared(), []);
  });

  it("are encoded in turns: of so many characters, and not of one more", async () => {
    for (const [size, turns] of [
      [MIB / 2, 2],
      [MIB / 2 + 1, 4],
    ] as const) {
      let seen = 0;
      let isOver = false;
      const look = (): void => {
        seen++;
        if (!isOver) setImmediate(look);
      };
      setImmediate(look);
      const sources: [string, string][] = ["a", "b", "c"].map((name) => [name, "x".repeat(size)]);
      await shareTexts({ extension: ".ts", sources });
      isOver = true;
      assert.equal(seen, turns, `${size}`);
    }
  });

  it("are refused if there is no memory for them", async (t) => {
    t.mock.method(globalThis, "SharedArrayBuffer", function fail() {
      throw new RangeError("Array buffer allocation failed");
    });
    const error = await failureOf(shareTexts({ extension: ".ts", sources: [["a.ts", "x"]] }));
    assert.ok(error instanceof ScriptError);
    assert.equal(error.code, "MEMORY_LIMIT");
  });
});
