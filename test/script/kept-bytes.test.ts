import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { ScriptError } from "../../host/script/index.ts";
import { ScriptWorld } from "../support/script-runtime.ts";
import { assembleScript, call, type WatScript } from "../support/script-wat.ts";

const MOST = 1 << 18;
const CONTENT = 60_000;

describe("what the host keeps for a run", () => {
  let world: ScriptWorld;
  /** Its replies are long. */
  let talkative: ScriptWorld;
  before(async () => {
    world = await ScriptWorld.create();
    const send = `HTTP/1.1 200 OK\r\nContent-Length: ${CONTENT}\r\n\r\n${"c".repeat(CONTENT)}`;
    talkative = await ScriptWorld.create([], { otherwise: { send } });
  });
  after(() => Promise.all([world.close(), talkative.close()]));

  async function codeWith(
    keptBytes: number,
    script: WatScript,
    where: ScriptWorld,
    workers: number,
  ): Promise<string> {
    const runtime = where.runtime({ limits: { keptBytes }, workers });
    try {
      const loaded = await runtime.load(assembleScript(script));
      await loaded.run();
      return "ended";
    } catch (error) {
      return (error as ScriptError).code;
    } finally {
      await runtime.destroy();
    }
  }

  /** The least limit with which a run comes to its end: the same, wherever it computes. */
  async function needs(script: WatScript, where = world): Promise<number> {
    let [fails, works] = [0, MOST];
    while (works - fails > 1) {
      const middle = (fails + works) >>> 1;
      const code = await codeWith(middle, script, where, 0);
      assert.ok(code === "ended" || code === "KEPT_LIMIT", code);
      if (code === "ended") works = middle;
      else fails = middle;
    }
    assert.ok(works < MOST);
    assert.equal(await codeWith(works, script, where, 1), "ended");
    assert.equal(await codeWith(fails, script, where, 1), "KEPT_LIMIT");
    return works;
  }

  const calling = (body: string, where: ScriptWorld, post = ""): WatScript => ({
    body: `(func (export "main") ${body})`,
    data: { args: ["default", `${where.server.base}/`, {}, post] },
  });
  const drop = `(drop ${call("args")})`;

  it("is what it posts, to the byte", async () => {
    const some = await needs(calling(drop, world, "x".repeat(50_000)));
    const more = await needs(calling(drop, world, "x".repeat(50_001)));
    assert.equal(more - some, 1);
    assert.ok(some > 50_000 && some < 53_000, String(some));
  });

  it("is what it posts only until the reply is there", async () => {
    const twice = await needs(calling(`${drop} ${drop}`, world, "x".repeat(50_000)));
    assert.ok(twice < 53_000, String(twice));
  });

  it("is the memory that has to be saved while it waits", async () => {
    const fill = "(memory.fill (i32.const 131072) (i32.const 1) (i32.const 65536))";
    const some = await needs(calling(drop, world));
    const more = await needs(calling(`${fill} ${drop}`, world));
    assert.ok(more - some >= 65_536 && more - some < 70_000, `${some} ${more}`);
  });

  it("is the contents that it has not released", async () => {
    const kept = await needs(calling(`${drop} ${drop}`, talkative), talkative);
    assert.ok(kept >= 2 * CONTENT && kept < 2 * CONTENT + 3000, String(kept));
    const release = `(call $release (call $handle_of ${call("args")}))`;
    const released = await needs(calling(`${release} ${release}`, talkative), talkative);
    assert.ok(released >= CONTENT && released < CONTENT + 3000, String(released));
  });
});
