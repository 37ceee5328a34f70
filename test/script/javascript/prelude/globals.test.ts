import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bodyOfExpression, TABLES } from "../../../support/javascript/expressions.ts";
import { PreludeEngine } from "../../../support/javascript/prelude-engine.ts";

describe("the globals of scripts in JavaScript", () => {
  for (const [name, rows] of Object.entries(TABLES))
    it(`has what is expected of ${name}`, async () => {
      using engine = await PreludeEngine.start();
      for (const [expression, value] of rows)
        assert.deepEqual(engine.run(bodyOfExpression(expression)), value, expression);
      assert.deepEqual(engine.unhandled, []);
    });

  it("has other random numbers in each run", async () => {
    using engine = await PreludeEngine.start();
    const first = engine.run("return Math.random()");
    engine.evaluate("__begin()", "begin.js");
    assert.notEqual(engine.run("return Math.random()"), first);
  });

  it("reports what listeners and timers throw as rejections that nobody handles", async () => {
    using engine = await PreludeEngine.start();
    engine.run(`
      const target = new EventTarget();
      target.addEventListener("a", () => { throw new Error("listener") });
      target.dispatchEvent(new Event("a"));
      await new Promise((resolve) => { setTimeout(() => { throw new Error("timer") }); setTimeout(resolve) });
    `);
    assert.deepEqual(engine.unhandled, ["Error: listener", "Error: timer"]);
  });
});
