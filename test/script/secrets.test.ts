import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { inspect } from "node:util";
import { Parking } from "../../host/guest/parked/parking.ts";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { createScriptRuntime, type Script, type ScriptRuntime } from "../../host/script/index.ts";
import { GateServer } from "../support/gate-server.ts";
import { failureOf } from "../support/script-runtime.ts";

const SECRET = "s3cr3t-of-the-api";
const SOURCE = `import { args, echo, http_background } from "http-background/assembly";
export function main(): void {
  echo(http_background("default", args()[0]).text);
}
export function own(): void {
  http_background("default", args()[0], { headers: ["x-KEY: mine"] });
}
`;

/** All memory in which a parking of this thread has put anything since this was called. */
function watchParking(): { slabs: ReadonlySet<Buffer>; stop(): void } {
  const slabs = new Set<Buffer>();
  const { take } = Parking.prototype;
  Parking.prototype.take = function (this: Parking, size) {
    const block = take.call(this, size);
    slabs.add(this.slabOf(block));
    return block;
  };
  return { slabs, stop: () => Object.assign(Parking.prototype, { take }) };
}

describe("a script under a rule with a secret", () => {
  let server: GateServer;
  let http: HttpBackground;
  let runtime: ScriptRuntime;
  let script: Script;

  before(async () => {
    server = await GateServer.start();
    http = await createHttpBackground({ threads: [{ id: "default" }] });
    const allow = [{ origin: server.base, paths: ["/v1/*"], headers: { "X-Key": SECRET } }];
    runtime = createScriptRuntime({ http, allow, workers: 0 });
    script = await runtime.compile({ name: "secrets.ts", source: SOURCE });
  });
  after(async () => {
    await runtime.destroy();
    await http.destroy();
    await server.close();
  });

  it("has it neither in its memory while it waits, nor in anything that the run gives", async () => {
    const { slabs, stop } = watchParking();
    try {
      const runs = [1, 2].map(() => script.run("main", { args: [`${server.base}/v1/x`] }));
      await server.holds(2);
      assert.ok(slabs.size > 0 && runtime.stats().waiting === 2);
      for (const slab of slabs) assert.equal(slab.includes(SECRET), false);
      server.open();
      for (const run of runs) assert.ok(!inspect(await run, { depth: 9, showHidden: true }).includes(SECRET));
    } finally {
      stop();
    }
  });

  it("makes a mistake with a header of that name, which is named", async () => {
    const error = await failureOf(script.run("own", { args: [`${server.base}/v1/x`] }));
    assert.equal(error.code, "SCRIPT_ABORTED");
    assert.match(error.message, /^Bad headers value: x-key is set by the host at /);
    assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes(SECRET));
  });

  it("learns nothing of it elsewhere", async () => {
    assert.match((await script.run("own", { args: [`${server.base}/v2/x`] })).output, /^$/);
  });
});

describe("an application under a rule with a secret", () => {
  it("makes a mistake with a header of that name, before anything is sent", async () => {
    const allow = [{ origin: "https://127.0.0.1:1", headers: { Authorization: SECRET } }];
    await using http = await createHttpBackground({ threads: [{ id: "default" }] }, { policy: { allow } });
    const calling = http.http_background("default", "https://127.0.0.1:1/", {
      headers: ["Authorization: x"],
    });
    await assert.rejects(calling, {
      code: "BAD_OPTION",
      option: "headers",
      message: "Bad headers value: authorization is set by the host",
    });
  });
});
