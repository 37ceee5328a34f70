import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { createScriptRuntime, type ScriptRuntime } from "../../host/script/index.ts";
import { GateServer } from "../support/gate-server.ts";
import { failureOf } from "../support/script-runtime.ts";

/** The marker of a compiled script. Neither its code nor its data contain the whole marker. */
const LETTERS = `
function letter(i: i32): u8 {
  let letter = 3;
  for (let k = 0; k < i; k++) letter = (letter * 5 + 7) & 63;
  return <u8>(letter + 48);
}
function isThere(at: usize, step: i32): bool {
  for (let i = 0; i < 16; i++) if (load<u8>(at + i * step) != letter(i)) return false;
  return true;
}`;
const MARKER = makeMarker(16);

function makeMarker(length: number): string {
  let text = "";
  for (let letter = 3; text.length < length; letter = (letter * 5 + 7) & 63) {
    text += String.fromCharCode(letter + 48);
  }
  return text;
}

const HOARDER = `import { args, echo, File, http_background } from "http-background/assembly";
${LETTERS}
class Link { constructor(public text: string, public next: Link | null) {} }
let last: Link | null = null;
const texts = new Map<string, string>();
let bytes = new Uint8Array(0);

export function marks(): void {
  const given = args();
  for (let i = 0; i < 2000; i++) {
    last = new Link(given[0] + i.toString(), last);
    texts.set(given[0] + i.toString(), given[0]);
  }
  bytes = File.named("secret").read(0, 1000);
  echo(given[0]);
}
export function marks_throws(): void {
  marks();
  throw new Error(args()[0]);
}
export function marks_waits(): i32 {
  marks();
  const reply = http_background("default", args()[1], { headers: ["X: " + args()[0]] }, args()[0]);
  echo(reply.text);
  return texts.size;
}
export function search(): i32 {
  let found = 0;
  const end = <usize>memory.size() << 16;
  for (let at: usize = 0; at < end - 32; at++) {
    if (isThere(at, 1) || isThere(at, 2)) found++;
  }
  if (last !== null || texts.size > 0 || bytes.length > 0 || File.has("secret")) found++;
  return found;
}
export function search_later(): i32 {
  http_background("default", args()[0]).release();
  return search();
}
`;

describe("scripts of every runtime", () => {
  let folder: string;
  let gate: GateServer;
  let http: HttpBackground;
  let runtime: ScriptRuntime;
  before(async () => {
    gate = await GateServer.start();
    http = await createHttpBackground({ threads: [{ id: "default" }] });
    folder = await mkdtemp(join(tmpdir(), "http-background-isolation-"));
    await writeFile(join(folder, "hoarder.ts"), HOARDER);
    runtime = createScriptRuntime({ http, allow: [gate.base] });
  });
  after(async () => {
    await runtime.destroy();
    await http.destroy();
    await gate.close();
    await rm(folder, { recursive: true });
  });

  for (const name of ["incremental", "minimal", "stub"] as const) {
    it(`find nothing of each other: ${name}`, async () => {
      const script = await runtime.compile(join(folder, "hoarder.ts"), { runtime: name });
      const searches = async (): Promise<void> => assert.equal((await script.run("search")).result, 0);
      const options = { args: [MARKER, gate.base], files: { secret: MARKER.repeat(10) } };
      assert.equal((await script.run("marks", options)).output, `${MARKER}\n`);
      await searches();
      assert.match((await failureOf(script.run("marks_throws", options))).message, /at hoarder\.ts:\d+/);
      await searches();
      const searching = script.run("search_later", { args: [gate.base] });
      const marked = script.run("marks_waits", options);
      const controller = new AbortController();
      const cut = failureOf(script.run("marks_waits", { ...options, signal: controller.signal }));
      await gate.holds(3);
      await searches();
      controller.abort();
      assert.equal((await cut).name, "AbortError");
      await gate.holds(2);
      await searches();
      gate.open(MARKER);
      assert.deepEqual([(await marked).result, (await searching).result], [2000, 0]);
      await searches();
    });
  }

  it("find what is there to be found", async () => {
    await writeFile(join(folder, "finder.ts"), HOARDER.replace("search(): i32 {", "search(): i32 { args();"));
    const script = await runtime.compile(join(folder, "finder.ts"));
    assert.ok(Number((await script.run("search", { args: [MARKER] })).result) > 0);
  });
});
