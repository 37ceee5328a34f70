import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { ScriptDoor } from "../../host/door/script-door.ts";
import { TransferError } from "../../host/index.ts";
import { SCRIPT_LOOKUPS } from "../../host/network/names/names.ts";
import { Network } from "../../host/network/network.ts";
import { createPolicy } from "../../host/network/policy/policy.ts";
import type { PerformOptions } from "../../host/network/transfer/perform-options.ts";
import type { Outcome } from "../../host/network/transfer/transfer.ts";
import { createRuntimeAt } from "../../host/script/runtime.ts";
import { type DnsAnswer, type DnsServer, startDnsServer } from "../support/dns-server.ts";
import { leftovers, openHandles } from "../support/handles.ts";
import { listen } from "../support/listener.ts";
import { ONE_LOOPBACK } from "../support/platform.ts";
import { loadPlugin } from "../support/plugin-call.ts";
import { assembleScript, call } from "../support/script-wat.ts";
import { type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";
import { plainOutcome, transferTo } from "../support/transfers.ts";
import { VARIANTS } from "../support/variants.ts";

const OK = { status: 200, content: "ok" };
const SILENT: DnsAnswer = { silent: ["A", "AAAA"] };
const ANSWERS: Readonly<Record<string, DnsAnswer>> = {
  "good.test": { a: ["127.0.0.1"] },
  "private.wild.test": { a: ["127.0.0.2"] },
  "last.wild.test": { a: ["127.0.0.1", "127.0.0.1", "127.0.0.2"] },
  "mapped.wild.test": { a: ["127.0.0.1"], aaaa: ["::ffff:7f00:2"] },
  "six.wild.test": { a: ["127.0.0.1"], aaaa: ["::1"] },
  "alias.wild.test": { cname: "localhost", a: ["127.0.0.2"] },
  // The last one that may be dialled, and one that never is.
  "many.wild.test": { truncated: true, a: [...Array(31).fill("127.0.0.1"), "127.0.0.2"] },
  "more.wild.test": { truncated: true, a: [...Array(2000).fill("127.0.0.1"), "127.0.0.2"] },
  "open.wild.test": { a: ["127.0.0.1"] },
};

/** A server, and a network whose DNS knows `ANSWERS`, and never answers for `*.dead.test`. */
interface Scene {
  server: ScriptedServer;
  dns: DnsServer;
  network: Network;
  /** Names for which the system was asked. */
  askedSystem: string[];
  call(hostname: string, options?: PerformOptions): Promise<Outcome>;
}

async function scene(t: TestContext): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), "dead-names-"));
  writeFileSync(join(folder, "hosts"), "127.0.0.1 written.test\n");
  writeFileSync(join(folder, "nsswitch"), "hosts: files resolve dns\n");
  const dns = await startDnsServer(t, (name) => (name.endsWith(".dead.test") ? SILENT : ANSWERS[name]));
  const server = await startScriptedServer([]);
  const askedSystem: string[] = [];
  const names = {
    servers: [dns.address],
    hostsFile: join(folder, "hosts"),
    nsswitchConf: join(folder, "nsswitch"),
    resolvConf: "/nonexistent",
    askSystem: (hostname: string) => {
      askedSystem.push(hostname);
      return new Promise<never>(() => {});
    },
  };
  const threads = ["t", "default"].map((id) => ({ id, maxTotal: 0, maxHost: 0 }));
  const network = new Network(threads, { names, env: {} });
  t.after(async () => {
    await network.destroy();
    await server.close();
    rmSync(folder, { recursive: true });
  });
  const call = (hostname: string, options?: PerformOptions): Promise<Outcome> =>
    network.perform(transferTo(`http://${hostname}:${server.port}/`, { proxy: null }), options);
  return { server, dns, network, askedSystem, call };
}

describe("dead names", () => {
  it("hold up no other name, whoever asks for either, and are called back", async (t) => {
    const the = await scene(t);
    const before = openHandles();
    const controller = new AbortController();
    const { signal } = controller;
    const { ofAll } = SCRIPT_LOOKUPS;
    const runs = Array.from({ length: ofAll + 100 }, (_, number) => ({ number, script: number }));
    const ofScripts = runs.map((asker) => the.call(`s${asker.number}.dead.test`, { signal, asker }));
    const own = Array.from({ length: 100 }, (_, index) => the.call(`a${index}.dead.test`, { signal }));
    await the.dns.came(2 * (ofAll + 100));
    for (const hostname of ["written.test", "good.test", "localhost"]) {
      assert.deepEqual(plainOutcome(await the.call(hostname)), OK, hostname);
    }
    assert.deepEqual(plainOutcome(await the.call("written.test", { asker: { number: 1, script: 1 } })), OK);
    // A script waits for its turn, which comes as soon as one of them ends.
    const waiting = the.call("open.wild.test", { asker: { number: 1, script: 1 } });
    controller.abort();
    assert.deepEqual(plainOutcome(await waiting), OK);
    for (const outcome of await Promise.all([...ofScripts, ...own])) {
      assert.deepEqual(plainOutcome(outcome), { code: "ABORTED_BY_CALLBACK" });
    }
    assert.deepEqual(the.askedSystem, []);
    await the.server.close();
    assert.deepEqual(await leftovers(before), []);
  });

  it("of the system hold up no name that the DNS knows", async (t) => {
    const the = await scene(t);
    const controller = new AbortController();
    const { signal } = controller;
    const stuck = Array.from({ length: 50 }, (_, index) => the.call(`none${index}.test`, { signal }));
    await the.dns.came(100);
    assert.deepEqual(plainOutcome(await the.call("good.test")), OK);
    controller.abort();
    for (const outcome of await Promise.all(stuck)) {
      assert.deepEqual(plainOutcome(outcome), { code: "ABORTED_BY_CALLBACK" });
    }
  });

  it("that a script calls hold up neither the application nor other scripts", async (t) => {
    const the = await scene(t);
    const plugin = await loadPlugin(VARIANTS[0].wasm);
    const runtime = createRuntimeAt(new ScriptDoor(plugin, the.network), {
      allow: [`http://*.dead.test:${the.server.port}`, `http://written.test:${the.server.port}`],
    });
    t.after(() => runtime.destroy());
    const load = (hostname: string) => {
      const url = `http://${hostname}:${the.server.port}/`;
      const body = `(func (export "main") (drop ${call("args")}))`;
      return runtime.load(assembleScript({ body, data: { args: ["default", url] } }));
    };
    const dead = await Promise.all(Array.from({ length: 5 }, (_, index) => load(`s${index}.dead.test`)));
    const good = await load("written.test");
    const controller = new AbortController();
    const runs = dead.map((script) => script.run("main", { signal: controller.signal }).catch(() => "ended"));
    await the.dns.came(2 * dead.length);
    assert.deepEqual(plainOutcome(await the.call("written.test")), OK);
    assert.deepEqual(plainOutcome(await the.call("good.test")), OK);
    await good.run("main");
    assert.equal(the.server.requests.length, 3);
    controller.abort();
    assert.deepEqual(new Set(await Promise.all(runs)), new Set(["ended"]));
  });
});

describe("what the DNS says", () => {
  it("is checked, every address, before one of them is dialled", { skip: ONE_LOOPBACK }, async (t) => {
    const the = await scene(t);
    const { port } = the.server;
    const traps = [await listen(t, () => {}, { host: "127.0.0.2", port })];
    traps.push(await listen(t, () => {}, { host: "::1", port }));
    // The second entry allows the server's address, like a public address.
    const rules = { allow: [`http://*.wild.test:${port}`, `http://127.0.0.1:${port}`] };
    const policy = createPolicy(rules, { audience: "script" });
    const table: Record<string, object> = { "open.wild.test": OK, "more.wild.test": OK };
    for (const name of ["private", "last", "mapped", "six", "alias", "many", "unknown", "x.localhost"]) {
      table[`${name}.wild.test`] = { code: "DENIED" };
    }
    for (const [hostname, expected] of Object.entries(table)) {
      const outcome = await the.call(hostname, { policy, asker: { number: 1, script: 1 } });
      assert.deepEqual(plainOutcome(outcome), expected, hostname);
    }
    assert.deepEqual(
      traps.map(({ accepted }) => accepted),
      [0, 0],
    );
  });

  it("is the cause of a failure: its code, the host and the server", async (t) => {
    const the = await scene(t);
    const outcome = await the.network.perform(transferTo("http://refused.dead.test/", { connectTimeout: 1 }));
    assert.ok("code" in outcome && outcome.cause instanceof TransferError);
    assert.deepEqual([outcome.code, outcome.cause.host], ["OPERATION_TIMEDOUT", "refused.dead.test"]);
    const proxied = { proxy: "http://none.test:1", timeout: 0 };
    const table: [transfer: object, code: string, host: string][] = [
      [{}, "COULDNT_RESOLVE_HOST", "other.test"],
      [proxied, "COULDNT_RESOLVE_PROXY", "none.test"],
    ];
    const quick = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], {
      names: { servers: [the.dns.address], nsswitchConf: "/nonexistent", resolvConf: "/nonexistent" },
      env: {},
    });
    t.after(() => quick.destroy());
    for (const [transfer, code, host] of table) {
      const failed = await quick.perform(transferTo("http://other.test/", transfer));
      assert.ok("code" in failed && failed.cause instanceof TransferError);
      const { cause } = failed;
      assert.deepEqual(
        [failed.code, cause.code, cause.host, cause.server],
        [code, "ENOTFOUND", host, the.dns.address],
      );
      assert.match(cause.message, /there is no such name \(ENOTFOUND, DNS server 127\.0\.0\.1:\d+\)$/);
    }
  });
});
