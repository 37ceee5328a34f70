import assert from "node:assert/strict";
import diagnostics from "node:diagnostics_channel";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { AllowRule } from "../../../host/api/rules.ts";
import type { HopEnd, HopSent, HopStart, SentHead } from "../../../host/index.ts";
import { Network } from "../../../host/network/network.ts";
import type { Audience } from "../../../host/network/policy/audience.ts";
import { NarrowedPolicy } from "../../../host/network/policy/narrowed-policy.ts";
import { createPolicy } from "../../../host/network/policy/policy.ts";
import type { AskingRun } from "../../../host/network/transfer/asking-run.ts";
import type { Policy } from "../../../host/network/transfer/policy.ts";
import {
  OK,
  type ScriptedServer,
  type ServerEntry,
  startScriptedServer,
} from "../../support/scripted-server.ts";
import { transferTo } from "../../support/transfers.ts";

const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const ASKER: AskingRun = { number: 7, script: 1, tenant: "acme" };
/** The call names no proxy, for which a script would need a permit. */
const NO_PROXY = { proxy: null };
const THREADS = [{ id: "t", maxTotal: 0, maxHost: 1 }];

const policyFor = (audience: Audience, ...allow: (string | AllowRule)[]): Policy =>
  createPolicy({ allow }, { audience }) as Policy;

describe("the hops of a call", () => {
  let network: Network;
  let server: ScriptedServer;
  let starts: HopStart[];
  let ends: HopEnd[];
  let onStart: (message: HopStart) => void;
  const listenToStart = (message: unknown): void => {
    starts.push(message as HopStart);
    onStart(message as HopStart);
  };
  const listenToEnd = (message: unknown): void => void ends.push(message as HopEnd);

  beforeEach(async () => {
    [starts, ends, onStart] = [[], [], () => {}];
    diagnostics.subscribe("http-background:hop:start", listenToStart);
    diagnostics.subscribe("http-background:hop:end", listenToEnd);
    network = new Network(THREADS, { env: {} });
    server = await startScriptedServer();
  });
  afterEach(async () => {
    diagnostics.unsubscribe("http-background:hop:start", listenToStart);
    diagnostics.unsubscribe("http-background:hop:end", listenToEnd);
    await network.destroy();
    await server.close();
  });

  async function restart(script: ServerEntry[]): Promise<void> {
    await server.close();
    server = await startScriptedServer(script);
  }

  it("count redirects, and how often one is sent again", async () => {
    const moved = { send: "HTTP/1.1 302 X\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n" };
    await restart([OK, moved, { send: "", end: true }, OK]);
    await network.perform(transferTo(server.base));
    await network.perform(transferTo(`${server.base}/a`, { redirects: 1 }));
    const shown = starts.slice(1).map(({ hop, resend, url }) => [hop, resend, url.replace(server.base, "")]);
    assert.deepEqual(shown, [
      [0, 0, "/a"],
      [1, 1, "/b"],
      [1, 2, "/b"],
    ]);
    const how = ends.slice(1).map(({ resend, status, code }) => [resend, status ?? code]);
    assert.deepEqual(how, [
      [0, 302],
      [1, "GOT_NOTHING"],
      [2, 200],
    ]);
  });

  it("end once each, whatever ends them", async () => {
    await restart([{ send: "" }]);
    const outcome = await network.perform(transferTo(server.base), { timeoutMs: 20 });
    assert.equal("code" in outcome && outcome.code, "OPERATION_TIMEDOUT");
    assert.deepEqual(
      ends.map(({ code }) => code),
      ["OPERATION_TIMEDOUT"],
    );
  });

  it("do not begin if the policy allows none", async () => {
    await network.perform(transferTo(server.base, NO_PROXY), { policy: policyFor("script"), asker: ASKER });
    assert.deepEqual(starts, []);
  });

  it("name the run, and the rule that allows them", async () => {
    const rule = { origin: "http://*:*", methods: ["GET", "HEAD"], paths: ["/v1/*"] };
    const outer = policyFor("script", "https://a.example", server.base, rule);
    for (const policy of [outer, new NarrowedPolicy(outer, policyFor("run", server.base))])
      await network.perform(transferTo(`${server.base}/v1/x`, NO_PROXY), { policy, asker: ASKER });
    await network.perform(transferTo(`${server.base}/v1/x`, NO_PROXY), {
      policy: policyFor("application", rule),
    });
    const { port } = server;
    const exact = { text: server.base, host: "127.0.0.1", port };
    assert.deepEqual(
      starts.map(({ run, tenant, rule }) => ({ run, tenant, rule })),
      [
        { run: 7, tenant: "acme", rule: exact },
        { run: 7, tenant: "acme", rule: exact },
        {
          run: undefined,
          tenant: undefined,
          rule: { text: "GET,HEAD http://*:* /v1/*", host: "*", port: null },
        },
      ],
    );
  });

  /** The headers of a request to which every hop adds a traceparent, if it may. */
  async function traced(
    policy: Policy | null,
    { asker = null, headers = [] }: { asker?: AskingRun | null; headers?: string[] } = {},
    name = "traceparent",
  ): Promise<[name: string, value: string][]> {
    onStart = ({ addHeader }) => addHeader?.(name, TRACE);
    const outcome = await network.perform(transferTo(server.base, { headers, ...NO_PROXY }), {
      policy,
      asker,
    });
    assert.ok("status" in outcome);
    return (server.requests.at(-1)?.headers ?? []).filter(([name]) => /^(trace|baggage|b3)/i.test(name)) as [
      string,
      string,
    ][];
  }
  const OWN: [string, string][] = [["traceparent", TRACE]];

  it("get the trace of the host where the policy lets it out", async () => {
    const { base: origin } = server;
    assert.deepEqual(await traced(null), OWN);
    assert.deepEqual(await traced(policyFor("application", origin)), OWN);
    assert.deepEqual(await traced(policyFor("application", { origin, trace: false })), []);
    const asker = ASKER;
    assert.deepEqual(await traced(policyFor("script", origin), { asker }), []);
    assert.deepEqual(await traced(policyFor("script", { origin }), { asker }), []);
    const open = policyFor("script", { origin, trace: true });
    assert.deepEqual(await traced(open, { asker }), OWN);
    const narrowed = (...allow: (string | AllowRule)[]) =>
      new NarrowedPolicy(open, policyFor("run", ...allow));
    assert.deepEqual(await traced(narrowed(origin), { asker }), OWN);
    assert.deepEqual(await traced(narrowed({ origin, trace: false }), { asker }), []);
  });

  it("never forward that of a script", async () => {
    const { base: origin } = server;
    const headers = ["Traceparent: 00-evil-evil-01", "tracestate: evil=1", "BAGGAGE: evil=1", "B3: evil"];
    const asker = ASKER;
    assert.deepEqual(await traced(policyFor("script", origin), { asker, headers }), [["B3", "evil"]]);
    const open = policyFor("script", { origin, trace: true });
    assert.deepEqual(await traced(open, { asker, headers }), [["B3", "evil"], ...OWN]);
    // What the host adds replaces it, whatever it is called.
    assert.deepEqual(await traced(open, { asker, headers }, "b3"), [["b3", TRACE]]);
    assert.deepEqual(server.requests.length, 3);
  });

  it("leave a header of the application as it is", async () => {
    const headers = ["TraceParent: mine", "tracestate: mine=1"];
    assert.deepEqual(await traced(null, { headers }), [
      ["TraceParent", "mine"],
      ["tracestate", "mine=1"],
    ]);
  });

  it("sign no header that is added, because gateways write it anew", async () => {
    onStart = ({ addHeader }) => addHeader?.("traceparent", TRACE);
    const signed = { username: "id", password: "key", awsSigv4: "aws:amz:eu:s3" };
    await network.perform(transferTo(server.base, signed));
    const headers = new Map(server.requests[0]?.headers.map(([name, value]) => [name.toLowerCase(), value]));
    assert.equal(headers.get("traceparent"), TRACE);
    const authorization = headers.get("authorization") ?? "";
    assert.match(authorization, /SignedHeaders=/);
    assert.ok(!authorization.includes("traceparent"));
  });

  it("say what they send, without the secrets of a rule", async () => {
    const sent: SentHead[] = [];
    const listen = (message: unknown): void => void sent.push((message as HopSent).readHead());
    diagnostics.subscribe("http-background:hop:sent", listen);
    const rule = { origin: server.base, headers: { "X-Key": "s3cr3t" }, username: "u", password: "s3cr3t" };
    const headers = ["X-Own: 1"];
    const policy = policyFor("application", rule);
    await network.perform(transferTo(`${server.base}/a?b=c`, { headers, proxy: null }), { policy });
    diagnostics.unsubscribe("http-background:hop:sent", listen);
    assert.deepEqual(sent, [
      {
        method: "GET",
        target: "/a?b=c",
        headers: [
          ["Host", `127.0.0.1:${server.port}`],
          ["Authorization", null],
          ["Accept", "*/*"],
          ["X-Own", "1"],
          ["X-Key", null],
        ],
      },
    ]);
  });

  it("refuse what is no header, and what frames a request", async () => {
    const refused: unknown[] = [];
    onStart = ({ addHeader }) => {
      for (const [name, value] of [
        ["a b", "x"],
        ["x", "a\r\nb: c"],
        ["Content-Length", "5"],
        ["host", "x"],
        ["transfer_encoding", "chunked"],
        [5, "x"],
      ]) {
        assert.throws(() => addHeader?.(name as string, value as string), TypeError);
        refused.push(name);
      }
    };
    await network.perform(transferTo(server.base));
    assert.equal(refused.length, 6);
  });

  it("take a word about traces only as true or false", () => {
    const rule = { origin: "https://a.example", trace: "false" } as unknown as AllowRule;
    assert.throws(() => policyFor("script", rule), {
      code: "BAD_CONFIG",
      option: "policy.allow[0].trace",
      message: "policy.allow[0].trace: must be true or false",
    });
  });
});
