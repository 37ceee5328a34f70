import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { after, before, describe, it } from "node:test";
import { cpuTime } from "../../host/guest/engine/cpu-time.ts";
import type { Limits, RunOptions, RunResult, Script, ScriptError } from "../../host/script/index.ts";
import { ScriptWorld } from "../support/script-runtime.ts";
import { assembleScript, call, echo, type WatScript } from "../support/script-wat.ts";
import { OK } from "../support/scripted-server.ts";

let world: ScriptWorld;
/** A server that never answers. */
let silent: ScriptWorld;

before(async () => {
  world = await ScriptWorld.create();
  silent = await ScriptWorld.create([], { otherwise: {} });
});
after(() => Promise.all([world.close(), silent.close()]));

const load = (limits: Partial<Limits>, script: WatScript, where = world): Promise<Script> =>
  where.runtime({ limits }).load(assembleScript(script));

/** The output and the result, or the code of the error. */
async function ending(run: Promise<RunResult>): Promise<unknown[]> {
  try {
    const { output, result } = await run;
    return [output, result];
  } catch (error) {
    return [(error as ScriptError).code, /\(limits\.\w+\)$/.test((error as ScriptError).message)];
  }
}

/** Resolves when no connection is open. */
async function closed(where: ScriptWorld): Promise<void> {
  while (where.server.connections.open > 0) await new Promise((resolve) => setImmediate(resolve));
}

const limitOf = (code: string): unknown[] => [code, true];

/** Makes one call for each argument (there are less than 16). */
const CALLS = `
  (func (export "main") (result i32) (local $left i32) (local $made i32)
    (local.set $left (i32.and (i32.load8_u (i32.add (call $arguments) (i32.const 4))) (i32.const 15)))
    (block $done (loop $next
      (br_if $done (i32.eqz (local.get $left)))
      (drop ${call("args")})
      (local.set $made (i32.add (local.get $made) (i32.const 1)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br $next)))
    (local.get $made))`;

const times = (count: number): RunOptions => ({ args: Array.from({ length: count }, () => "") });

describe("a limit", () => {
  it("on CPU time counts what the host computes for a run", async () => {
    const computes = () => {
      // By both clocks: on Node 20, that of the CPU counts what all threads compute.
      const [cpuEndsAt, endsAt] = [cpuTime() + 40, performance.now() + 40];
      while (cpuTime() < cpuEndsAt || performance.now() < endsAt);
    };
    const script = await load(
      { cpuMs: 500 },
      { body: CALLS, data: { args: ["default", world.server.base] } },
    );
    subscribe("http-background:call:start", computes);
    try {
      assert.deepEqual(await ending(script.run("main", times(2))), ["", 2]);
      assert.deepEqual(await ending(script.run("main", times(15))), limitOf("CPU_LIMIT"));
    } finally {
      unsubscribe("http-background:call:start", computes);
    }
  });

  it("on CPU time does not count time in which others had the CPU", async () => {
    const sleeps = () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    const script = await load(
      { cpuMs: 100 },
      { body: CALLS, data: { args: ["default", world.server.base] } },
    );
    subscribe("http-background:call:start", sleeps);
    try {
      assert.deepEqual(await ending(script.run("main", times(1))), ["", 1]);
    } finally {
      unsubscribe("http-background:call:start", sleeps);
    }
  });

  it("on headers holds for each call, because they take the time of the application's thread", async () => {
    const body = `(func (export "main") (call $echo_record ${call("args")}))`;
    for (const [count, expected] of [
      [1000, /status/],
      [1001, /OUT_OF_MEMORY/],
    ] as const) {
      const args = ["default", world.server.base, { headers: Array.from({ length: count }, () => "A: b") }];
      const script = await load({}, { body, data: { args } });
      assert.match((await script.run()).output, expected);
    }
  });

  it("on requests holds for the run, and for each run anew", async () => {
    const script = await load(
      { requests: 3 },
      { body: CALLS, data: { args: ["default", world.server.base] } },
    );
    assert.deepEqual(await ending(script.run("main", times(3))), ["", 3]);
    const before = world.server.requests.length;
    assert.deepEqual(await ending(script.run("main", times(4))), limitOf("REQUEST_LIMIT"));
    assert.equal(world.server.requests.length - before, 3);
    assert.deepEqual(await ending(script.run("main", times(3))), ["", 3]);
  });

  it("on requests counts those that are refused, too", async () => {
    const script = await load({ requests: 2 }, { body: CALLS, data: { args: ["nope", "http://a.example"] } });
    assert.deepEqual(await ending(script.run("main", times(2))), ["", 2]);
    assert.deepEqual(await ending(script.run("main", times(3))), limitOf("REQUEST_LIMIT"));
  });

  it("on bytes that are sent counts bodies, and sends nothing past it", async () => {
    const args = ["default", world.server.base, {}, "12345"];
    const script = await load({ bytesSent: 10 }, { body: CALLS, data: { args } });
    assert.deepEqual(await ending(script.run("main", times(2))), ["", 2]);
    const before = world.server.requests.length;
    assert.deepEqual(await ending(script.run("main", times(3))), limitOf("SENT_LIMIT"));
    assert.equal(world.server.requests.length - before, 2);
  });

  it("on bytes that are sent ends a File in the middle", async () => {
    const chunks = async function* (count: number) {
      for (let i = 0; i < count; i++) yield Buffer.alloc(100_000);
    };
    const uploading = await load(
      { bytesSent: 1_000_000 },
      {
        body: `(func (export "upload")
          (drop (call $resource (i32.const 1) (global.get $name) (global.get $name_len))) (drop ${call("args")}))`,
        data: { name: "file", args: uploadArgs() },
      },
    );
    const run = (count: number) =>
      ending(uploading.run("upload", { files: { file: chunks(count) as never } }));
    assert.deepEqual(await run(10), ["", undefined]);
    assert.equal(world.server.requests.at(-1)?.body.length, 1_000_000);
    assert.deepEqual(await run(11), limitOf("SENT_LIMIT"));
  });

  it("on bytes that are received adds up the contents", async () => {
    const script = await load(
      { bytesReceived: 4 },
      { body: CALLS, data: { args: ["default", world.server.base] } },
    );
    assert.deepEqual(await ending(script.run("main", times(2))), ["", 2]);
    assert.deepEqual(await ending(script.run("main", times(3))), limitOf("RECEIVED_LIMIT"));
    const odd = await load(
      { bytesReceived: 3 },
      { body: CALLS, data: { args: ["default", world.server.base] } },
    );
    assert.deepEqual(await ending(odd.run("main", times(2))), limitOf("RECEIVED_LIMIT"));
  });

  it("on bytes that are received counts what comes of transfers that fail, and of redirects", async () => {
    const cut = { send: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n", end: true };
    const redirect = { send: "HTTP/1.1 302 X\r\nLocation: /next\r\nContent-Length: 5\r\n\r\n12345" };
    const answers = [cut, cut, cut, redirect, OK, redirect, OK];
    const odd = await ScriptWorld.create(answers);
    try {
      const args = ["default", odd.server.base, { redirects: 1 }];
      const twice = await load({ bytesReceived: 10 }, { body: CALLS, data: { args } }, odd);
      assert.deepEqual(await ending(twice.run("main", times(2))), ["", 2]);
      const once = await load({ bytesReceived: 4 }, { body: CALLS, data: { args } }, odd);
      assert.deepEqual(await ending(once.run("main", times(1))), limitOf("RECEIVED_LIMIT"));
      const seven = await load({ bytesReceived: 7 }, { body: CALLS, data: { args } }, odd);
      assert.deepEqual(await ending(seven.run("main", times(1))), ["", 1]);
      const six = await load({ bytesReceived: 6 }, { body: CALLS, data: { args } }, odd);
      assert.deepEqual(await ending(six.run("main", times(1))), limitOf("RECEIVED_LIMIT"));
      await closed(odd);
    } finally {
      await odd.close();
    }
  });

  it("on bytes that are received counts no content of HEAD, which never comes", async () => {
    const send = "HTTP/1.1 200 OK\r\nContent-Length: 20971520\r\n\r\n";
    const large = await ScriptWorld.create([], { otherwise: { send } });
    try {
      const args = ["default", large.server.base, { method: "HEAD" }];
      const script = await load({ bytesReceived: 4 }, { body: CALLS, data: { args } }, large);
      assert.deepEqual(await ending(script.run("main", times(2))), ["", 2]);
    } finally {
      await large.close();
    }
  });

  it("on bytes that are received is no limit of the script's own", async () => {
    const args = ["default", world.server.base, { max_file_size: 1 }];
    const body = `(func (export "main") (call $echo_record ${call("args")}))`;
    const script = await load({ bytesReceived: 100 }, { body, data: { args } });
    const [output] = await ending(script.run());
    assert.match(String(output), /FILESIZE_EXCEEDED/);
  });

  it("on the output counts its bytes", async () => {
    const body = `(func (export "two") ${echo("text")} ${echo("text")})
      (func (export "three") ${echo("text")} ${echo("text")} ${echo("text")})`;
    const script = await load({ outputBytes: 10 }, { body, data: { text: "12345" } });
    assert.deepEqual(await ending(script.run("two")), ["1234512345", undefined]);
    const error = await script.run("three").catch((error: ScriptError) => error);
    assert.deepEqual([(error as ScriptError).code, error.output], ["OUTPUT_LIMIT", "1234512345"]);
  });

  it("on memory is what a run can grow to", async () => {
    const body = `(func (export "grow") (result i32) (memory.grow (i32.const 2)))
      (func (export "past") (result i32) (memory.grow (i32.const 3)))
      (func (export "needs") (if (i32.lt_s (memory.grow (i32.const 3)) (i32.const 0)) (then (unreachable))))`;
    const script = await load({ memoryPages: 6, stackBytes: 1024 }, { body });
    assert.deepEqual(await ending(script.run("grow")), ["", 4]);
    assert.deepEqual(await ending(script.run("past")), ["", -1]);
    assert.deepEqual(await ending(script.run("needs")), limitOf("MEMORY_LIMIT"));
    assert.deepEqual(await ending(script.run("grow")), ["", 4]);
  });

  it("on memory refuses a module that begins with more", async () => {
    const wasm = assembleScript({ body: '(func (export "main"))' });
    await world.runtime({ limits: { memoryPages: 4 } }).load(wasm);
    await assert.rejects(world.runtime({ limits: { memoryPages: 3 } }).load(wasm), { code: "BAD_MODULE" });
  });

  it("on computing ends what spins, and lets all others go on", async () => {
    const body = `(func (export "spin") (loop $l (br $l)))
      (func (export "spin_after") (drop ${call("args")}) (loop $l (br $l)))
      (func (export "fine") (call $echo_content ${call("args")}))`;
    const script = await load({ computeMs: 50 }, { body, data: { args: ["default", world.server.base] } });
    const spinning = ["spin", "spin_after", "spin"].map((entry) => ending(script.run(entry)));
    const fine = Array.from({ length: 5 }, () => ending(script.run("fine")));
    for (const end of await Promise.all(spinning)) assert.deepEqual(end, limitOf("COMPUTE_LIMIT"));
    for (const end of await Promise.all(fine)) assert.deepEqual(end, ["ok", undefined]);
  });

  it("on computing counts what the host is made to do", async () => {
    const body = `(func (export "main") (local $ptr i32)
      (local.set $ptr (call $alloc (i32.const 100000)))
      (loop $l (drop (call $resource (i32.const 1) (local.get $ptr) (i32.const 1000))) (br $l)))
      (func (export "arguments") (loop $l (drop (call $arguments)) (global.set $heap (i32.const 65536)) (br $l)))`;
    const script = await load({ computeMs: 50 }, { body });
    assert.deepEqual(await ending(script.run("main")), limitOf("COMPUTE_LIMIT"));
    const args = ["x".repeat(50_000)];
    assert.deepEqual(await ending(script.run("arguments", { args })), limitOf("COMPUTE_LIMIT"));
  });

  it("on computing does not end what computes in pieces", async () => {
    const spins = "(loop $l (br_if $l (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))";
    const body = `(func (export "main") (local $i i32)
      ${`(local.set $i (i32.const 200000)) ${spins} (drop ${call("args")})`.repeat(5)})`;
    const script = await load({ computeMs: 1 }, { body, data: { args: ["default", world.server.base] } });
    assert.deepEqual(await ending(script.run()), ["", undefined]);
  });

  it("on time ends a run that waits, and its socket is gone", async () => {
    const body = `(func (export "main") ${echo("text")} (drop ${call("args")}) ${echo("text")})`;
    const data = { text: "x", args: ["default", silent.server.base] };
    const script = await load({ timeout: 1 }, { body, data }, silent);
    const error = await script.run().catch((error: ScriptError) => error);
    assert.deepEqual([(error as ScriptError).code, error.output], ["TIME_LIMIT", "x"]);
    await closed(silent);
  });

  it("on time is the run's own if it has one, and covers the script's longer timeouts", async () => {
    const body = `(func (export "main") (drop ${call("args")}))`;
    const args = ["default", silent.server.base, { timeout: 60 }];
    const script = await load({}, { body, data: { args } }, silent);
    assert.deepEqual(await ending(script.run("main", { timeout: 0.05 })), limitOf("TIME_LIMIT"));
  });

  it("on time ends a run that computes", async () => {
    const script = await load({ timeout: 0.05 }, { body: '(func (export "main") (loop $l (br $l)))' });
    assert.deepEqual(await ending(script.run()), limitOf("TIME_LIMIT"));
  });

  it("on time includes the time in the line", async () => {
    const body = `(func (export "wait") (drop ${call("args")})) (func (export "main"))`;
    const data = { args: ["default", silent.server.base] };
    const script = await load({ concurrentRuns: 1, timeout: 60 }, { body, data }, silent);
    const controller = new AbortController();
    const first = script.run("wait", { signal: controller.signal });
    assert.deepEqual(await ending(script.run("main", { timeout: 0.05 })), limitOf("TIME_LIMIT"));
    controller.abort();
    await assert.rejects(first, { name: "AbortError" });
    assert.deepEqual(await ending(script.run()), ["", undefined]);
  });

  it("on the stack is what a suspended run may have on it", async () => {
    const body = `
      (func $dive (param $depth i32) (result i32)
        (if (i32.eqz (local.get $depth)) (then (return (call $size_of ${call("args")}))))
        (i32.add (local.get $depth) (call $dive (i32.sub (local.get $depth) (i32.const 1)))))
      (func $size_of (param i32) (result i32) (i32.const 0))
      (func (export "shallow") (result i32) (call $dive (i32.const 3)))
      (func (export "deep") (result i32) (call $dive (i32.const 1000)))`;
    const data = { args: ["default", world.server.base] };
    const small = await load({ stackBytes: 1024 }, { body, data });
    assert.deepEqual(await ending(small.run("shallow")), ["", 6]);
    assert.deepEqual(await ending(small.run("deep")), limitOf("STACK_LIMIT"));
    const large = await load({}, { body, data });
    assert.deepEqual(await ending(large.run("deep")), ["", 500_500]);
  });

  it("on runs makes others wait in line, in order, and ends those for whom there is no room", async () => {
    const body = `(func (export "main") (call $echo_record (call $arguments)) (drop ${call("args")}))`;
    const data = { args: ["default", world.server.base] };
    const script = await load({ concurrentRuns: 2, queuedRuns: 3 }, { body, data });
    const order: number[] = [];
    const runs = Array.from({ length: 6 }, (_, i) =>
      ending(script.run("main", { args: [String(i)] })).finally(() => order.push(i)),
    );
    const endings = await Promise.all(runs);
    assert.deepEqual(endings.at(-1), limitOf("QUEUE_LIMIT"));
    assert.deepEqual(
      endings.slice(0, 5).map(([output]) => String(output).slice(2)),
      ["0", "1", "2", "3", "4"],
    );
    assert.equal(order[0], 5);
  });

  it("on runs lets ten thousand that wait for nothing through, one after the other", async () => {
    const script = await load(
      { concurrentRuns: 1 },
      { body: '(func (export "main") (result i32) (i32.const 1))' },
    );
    const results = await Promise.all(Array.from({ length: 10_000 }, () => script.run()));
    assert.equal(results.filter(({ result }) => result === 1).length, 10_000);
  });
});

/** A call whose post is a File with handle 0, of unknown size. */
function uploadArgs(): Buffer {
  const text = (value: string): Buffer =>
    Buffer.concat([Buffer.from([0xd9, value.length]), Buffer.from(value)]);
  const file = Buffer.alloc(15);
  file.set([0xc7, 12, 1]);
  file.writeDoubleLE(-1, 7);
  return Buffer.concat([
    Buffer.from([0x94]),
    text("default"),
    text(world.server.base),
    Buffer.from([0x80]),
    file,
  ]);
}
