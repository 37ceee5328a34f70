import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { encode } from "@msgpack/msgpack";
import type { Limits, RunOptions, ScriptError } from "../../host/script/index.ts";
import { ScriptWorld } from "../support/script-runtime.ts";
import { assembleScript, call, echo, type WatScript } from "../support/script-wat.ts";

interface Exact {
  limit: Partial<Limits>;
  /** The same limit, less one. */
  less: Partial<Limits>;
  script: (base: string) => Omit<WatScript, "body"> & { body: string };
  options?: RunOptions;
  code: string;
}

const calling = (...more: unknown[]) => {
  return (base: string): WatScript => ({
    body: `(func (export "main") (drop ${call("args")}))`,
    data: { args: ["default", `${base}/`, ...more] },
  });
};

/** Limits that are exactly what a script needs, and what happens with one less. */
const EXACT: Readonly<Record<string, Exact>> = {
  requests: {
    limit: { requests: 2 },
    less: { requests: 1 },
    script: (base) => ({
      body: `(func (export "main") (drop ${call("args")}) (drop ${call("args")}))`,
      data: { args: ["default", `${base}/`] },
    }),
    code: "REQUEST_LIMIT",
  },
  "bytes of a string": {
    limit: { bytesSent: 5 },
    less: { bytesSent: 4 },
    script: calling({}, "12345"),
    code: "SENT_LIMIT",
  },
  "bytes of a form": {
    // Two delimiters of 48 bytes, one of them with two more, the header, and the line ends.
    limit: { bytesSent: 139 },
    less: { bytesSent: 138 },
    script: calling({}, [{ data: "1" }]),
    code: "SENT_LIMIT",
  },
  "bytes of content": {
    limit: { bytesReceived: 2 },
    less: { bytesReceived: 1 },
    script: calling(),
    code: "RECEIVED_LIMIT",
  },
  "bytes of output": {
    limit: { outputBytes: 6 },
    less: { outputBytes: 5 },
    script: () => ({
      body: `(func (export "main") ${echo("text")} ${echo("text")})`,
      data: { text: "abc" },
    }),
    code: "OUTPUT_LIMIT",
  },
  "kept bytes of arguments and output": {
    limit: { keptBytes: 12 },
    less: { keptBytes: 11 },
    script: () => ({
      body: `(func (export "main") ${echo("text")} ${echo("text")})`,
      data: { text: "abc" },
    }),
    options: { args: ["\u00e4b", Buffer.from("def")] },
    code: "KEPT_LIMIT",
  },
  "kept bytes of arguments": {
    limit: { keptBytes: 6 },
    less: { keptBytes: 5 },
    script: () => ({ body: '(func (export "main"))' }),
    options: { args: ["\u00e4b", Buffer.from("def")] },
    code: "KEPT_LIMIT",
  },
  "pages of memory": {
    limit: { memoryPages: 7, stackBytes: 1024 },
    less: { memoryPages: 6, stackBytes: 1024 },
    script: () => ({
      body: `(func (export "main")
        (if (i32.eq (memory.grow (i32.const 3)) (i32.const -1)) (then (unreachable))))`,
    }),
    code: "MEMORY_LIMIT",
  },
};

describe("what a run needs to the last unit", () => {
  let world: ScriptWorld;
  before(async () => {
    world = await ScriptWorld.create();
  });
  after(() => world.close());

  const outcome = async (limits: Partial<Limits>, script: WatScript, options?: RunOptions) => {
    const loaded = await world.runtime({ limits }).load(assembleScript(script));
    return loaded.run("main", options).then(
      () => "ended",
      (error: ScriptError) => error.code,
    );
  };

  for (const [what, { limit, less, script, options, code }] of Object.entries(EXACT)) {
    it(`it has, and one less ends it: ${what}`, async () => {
      assert.equal(await outcome(limit, script(world.server.base), options), "ended");
      assert.equal(await outcome(less, script(world.server.base), options), code);
    });
  }

  it("it has, and one less ends it: bytes of the stack", async () => {
    const script: WatScript = {
      body: `(func $dive (param $depth i32) (result i32)
          (if (i32.eqz (local.get $depth)) (then (drop ${call("args")}) (return (i32.const 1))))
          (i32.add (local.get $depth) (call $dive (i32.sub (local.get $depth) (i32.const 1)))))
        (func (export "main") (drop (call $dive (i32.const 20))))`,
      data: { args: ["default", `${world.server.base}/`] },
    };
    let [fails, works] = [16, 4096];
    while (works - fails > 1) {
      const middle = (fails + works) >> 1;
      const code = await outcome({ stackBytes: middle }, script);
      assert.ok(code === "ended" || code === "STACK_LIMIT", code);
      if (code === "ended") works = middle;
      else fails = middle;
    }
    assert.ok(works > 20 * 8 && works < 4096, String(works));
  });

  it("it has, and one more there is no room for: runs at a time and in the line", async () => {
    const script = await world
      .runtime({ limits: { concurrentRuns: 1, queuedRuns: 1 } })
      .load(assembleScript(calling()(world.server.base)));
    const runs = [script.run(), script.run(), script.run()];
    const ends = await Promise.allSettled(runs);
    assert.deepEqual(
      ends.map((end) => (end.status === "rejected" ? end.reason.code : "ended")),
      ["ended", "ended", "QUEUE_LIMIT"],
    );
  });

  it("it is granted by a name of 1,024 bytes, and none longer is looked for", async () => {
    const name = "n".repeat(1024);
    const body = (length: number): string => `(func (export "main") (result i32)
      (i32.ge_s (call $resource (i32.const 1) (global.get $name) (i32.const ${length})) (i32.const 0)))`;
    for (const length of [1024, 1025]) {
      const long = `${name}n`.slice(0, length);
      const script = await world.runtime().load(assembleScript({ body: body(length), data: { name: long } }));
      const { result } = await script.run("main", { files: { [long]: "x" } });
      assert.equal(result, length === 1024 ? 1 : 0);
    }
  });

  it("it nests its arguments 16 deep, and no deeper", async () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
    for (const [depth, expected] of [
      [14, /status/],
      [15, /throws.*Malformed arguments/],
    ] as const) {
      const args = encode(["default", `${world.server.base}/`, { unknown: nested(depth) }]);
      const body = `(func (export "main") (call $echo_record ${call("args")}))`;
      const script = await world.runtime().load(assembleScript({ body, data: { args } }));
      assert.match((await script.run()).output, expected);
    }
  });

  it("is a module of 16 MiB, and none larger", async () => {
    const wasm = assembleScript({ body: '(func (export "main"))' });
    const padded = (size: number): Uint8Array => {
      // A custom section: its id, its size in 5 bytes, an empty name.
      const content = size - wasm.length - 6;
      const head = Buffer.from([0, 0, 0, 0, 0, 0, 0]);
      for (let i = 0, left = content; i < 5; i++, left >>>= 7) head[i + 1] = (left & 127) | (i < 4 ? 128 : 0);
      return Buffer.concat([wasm, head, Buffer.alloc(content - 1)]);
    };
    await world.runtime().load(padded(2 ** 24));
    await assert.rejects(world.runtime().load(padded(2 ** 24 + 1)), /has more than 16777216 bytes/);
  });
});

describe("arguments", () => {
  it("are as many as the memory of the script has room for", async () => {
    const folder = await mkdtemp(join(tmpdir(), "http-background-arguments-"));
    const world = await ScriptWorld.create();
    try {
      const path = join(folder, "count.ts");
      await writeFile(
        path,
        `import { args } from "http-background/assembly";
        export function main(): i32 { const all = args(); return all.length + all[0].length; }`,
      );
      const script = await world.runtime({ limits: { memoryPages: 64 } }).compile(path, { optimizeLevel: 0 });
      const fitting = ["x".repeat(500_000), ...Array.from({ length: 1000 }, String)];
      assert.equal((await script.run("main", { args: fitting })).result, 501_001);
      const failing = script.run("main", { args: ["x".repeat(5_000_000)] });
      await assert.rejects(failing, { code: "MEMORY_LIMIT" });
    } finally {
      await world.close();
      await rm(folder, { recursive: true });
    }
  });
});
