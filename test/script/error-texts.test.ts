import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { inspect } from "node:util";
import { compileScript } from "../../host/script/index.ts";
import { failureOf, ScriptWorld } from "../support/script-runtime.ts";

const EVIL = "\x1b]0;owned\x07\r\u009b31m";
const ESCAPED = JSON.stringify(EVIL);

/** Ends with text of its own, and with a trap. */
const SOURCE = `export function fails(): void { throw new Error(${ESCAPED}); }
export function traps(): i32 { return 1 / <i32>(heap.alloc(8) & 1); }
export function aborts(): void { abort(${ESCAPED}, ${ESCAPED}, 3, 4); }
`;

describe("the texts of errors", () => {
  let world: ScriptWorld;
  let folder: string;
  before(async () => {
    world = await ScriptWorld.create();
    folder = await mkdtemp(join(tmpdir(), "http-background-texts-"));
    await writeFile(join(folder, "script.ts"), SOURCE);
  });
  after(async () => {
    await world.close();
    await rm(folder, { recursive: true });
  });

  it("command no terminal, whatever a script and its source map say", async () => {
    const { wasm, sourceMap } = await compileScript(join(folder, "script.ts"), { optimizeLevel: 0 });
    const map = JSON.parse(sourceMap) as { sources: string[] };
    map.sources = map.sources.map((source) => `${EVIL}${source}`);
    const script = await world.runtime().load(wasm, { sourceMap: JSON.stringify(map) });
    for (const entry of script.entries) {
      const error = await failureOf(script.run(entry));
      assert.doesNotMatch(error.message, /\p{Cc}/u);
      assert.doesNotMatch(error.place?.file ?? "", /\p{Cc}/u);
      // Printed as a whole, with its stack and its cause.
      assert.doesNotMatch(inspect(error, { colors: false }), /(?!\n)\p{Cc}/u, entry);
    }
  });
});
