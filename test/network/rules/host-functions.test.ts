import assert from "node:assert/strict";
import { once } from "node:events";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { AllowRule, RuleRequest } from "../../../host/api/rules.ts";
import { Network } from "../../../host/network/network.ts";
import { createPolicy } from "../../../host/network/policy/policy.ts";
import type { PerformOptions } from "../../../host/network/transfer/perform-options.ts";
import type { Policy } from "../../../host/network/transfer/policy.ts";
import type { Transfer } from "../../../host/network/transfer/transfer.ts";
import { denialsOfTests } from "../../support/denials.ts";
import { headerOf } from "../../support/raw-request.ts";
import { type ScriptedServer, startScriptedServer } from "../../support/scripted-server.ts";
import { chunks, fileBody, plainOutcome, stringBody, transferTo } from "../../support/transfers.ts";

const OK = { status: 200, content: "ok" };
const DENIED = { code: "DENIED" };
const moved = (to: string) => ({ send: `HTTP/1.1 302 X\r\nLocation: ${to}\r\nContent-Length: 0\r\n\r\n` });
const never = () => new Promise<never>(() => {});

describe("functions of a rule", () => {
  let server: ScriptedServer;
  let network: Network;
  const denials = denialsOfTests();

  beforeEach(async () => {
    network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], { env: {} });
    server = await startScriptedServer();
  });
  afterEach(async () => {
    await network.destroy();
    await server.close();
  });

  function policyOf(rule: Partial<AllowRule>, more: AllowRule[] = []): Policy {
    const rules = { allow: [{ origin: server.base, ...rule }, ...more] };
    return createPolicy(rules, { audience: "application" }) ?? assert.fail("no policy");
  }

  async function call(policy: Policy, changes: Partial<Transfer> = {}, options: PerformOptions = {}) {
    const url = `http://u:p@127.0.0.1:${server.port}/x?q#f`;
    return plainOutcome(await network.perform(transferTo(url, changes), { ...options, policy }));
  }

  const rulesOfDenials = () => denials.map(({ rule }) => rule);

  describe("decide", () => {
    it("is asked about every hop, with a frozen request without credentials", async () => {
      await server.close();
      server = await startScriptedServer([moved("/y")]);
      const asked: RuleRequest[] = [];
      const policy = policyOf({ decide: async (request) => asked.push(request) > 0 });
      const headers = ["X-Own: 1", "Authorization: secret", "Cookie: secret"];
      assert.deepEqual(await call(policy, { redirects: 1, headers, body: stringBody("post") }), OK);
      const common = { headers: ["X-Own: 1"], thread: "t", run: null, tenant: null };
      assert.deepEqual(asked, [
        { ...common, method: "POST", url: `${server.base}/x?q`, bytes: 4, hop: 0 },
        { ...common, method: "GET", url: `${server.base}/y`, bytes: 0, hop: 1 },
      ]);
      assert.ok(asked.every((request) => Object.isFrozen(request) && Object.isFrozen(request.headers)));
    });

    it("sees the host that the caller names instead of that of the URL", async () => {
      const asked: (readonly string[])[] = [];
      const policy = policyOf({ decide: ({ headers }) => asked.push(headers) < 3 });
      await call(policy, { headers: ["X-Own: 1", "host: other.example"] });
      await call(policy, { headers: ["Host:"] });
      assert.deepEqual(asked, [["Host: other.example", "X-Own: 1"], []]);
      assert.equal(headerOf(server.requests[0] ?? assert.fail(), "host"), "other.example");
    });

    it("sees how many bytes the body has; null if nobody knows", async () => {
      const asked: unknown[] = [];
      const policy = policyOf({ decide: ({ bytes }) => asked.push(bytes) > 0 });
      const bodies = [null, stringBody(""), stringBody("1"), fileBody(chunks("1"))];
      for (const body of bodies) assert.deepEqual(await call(policy, { body }), OK);
      assert.deepEqual(asked, [0, 0, 1, null]);
    });

    it("is asked before anything is looked up or connected", async () => {
      let looked = 0;
      const blind = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], {
        connect: async () => assert.fail(`connected ${++looked}`),
        env: {},
      });
      const policy = policyOf({ decide: () => false });
      assert.deepEqual(plainOutcome(await blind.perform(transferTo(server.base), { policy })), DENIED);
      await blind.destroy();
    });

    const answers: [what: string, decide: unknown, rule: string | null][] = [
      ["true", () => true, null],
      ["a promise of true", async () => true, null],
      ["false", () => false, "decide refused"],
      ["1", () => 1, "decide refused"],
      ["text", async () => "true", "decide refused"],
      ["nothing", () => undefined, "decide refused"],
      ["an object", () => ({}), "decide refused"],
      [
        "a throw",
        () => {
          throw new Error("secret");
        },
        "decide failed",
      ],
      ["a rejection", () => Promise.reject(new Error("secret")), "decide failed"],
      [
        "a thenable that throws",
        () => ({
          // biome-ignore lint/suspicious/noThenProperty: it is what the test is about
          then: () => {
            throw new Error("secret");
          },
        }),
        "decide failed",
      ],
      ["no answer", never, "decide timed out"],
    ];
    for (const [what, decide, rule] of answers) {
      it(`allows with true alone: ${what}`, async () => {
        const policy = policyOf({ decide: decide as () => boolean, decideTimeout: 0.02 });
        assert.deepEqual(await call(policy), rule === null ? OK : DENIED);
        assert.deepEqual(rulesOfDenials(), rule === null ? [] : [rule]);
        assert.equal(server.requests.length, rule === null ? 1 : 0);
        assert.ok(!JSON.stringify(denials).includes("secret"));
      });
    }

    it("is open for only so many requests, also for those whose callers have gone", async () => {
      const answers: ((isAllowed: boolean) => void)[] = [];
      const decide = () => new Promise<boolean>((resolve) => answers.push(resolve));
      const policy = policyOf({ decide, decideAtOnce: 2 });
      const gone = new AbortController();
      const first = call(policy, {}, { signal: gone.signal });
      const second = call(policy);
      gone.abort();
      assert.deepEqual(await first, { code: "ABORTED_BY_CALLBACK" });
      assert.deepEqual(await call(policy), DENIED);
      assert.deepEqual(rulesOfDenials(), ["decide busy"]);
      for (const answer of answers) answer(true);
      assert.deepEqual(await second, OK);
      const third = call(policy);
      answers.at(-1)?.(true);
      assert.deepEqual([await third, answers.length], [OK, 3]);
    });

    it("is open for so many requests of each tenant, of each script without one, and of the application", async () => {
      const answers: ((isAllowed: boolean) => void)[] = [];
      const decide = () => new Promise<boolean>((resolve) => answers.push(resolve));
      const policy = policyOf({ decide, decideAtOnce: 1 });
      const askers = [
        null,
        { number: 1, script: 1 },
        { number: 2, script: 2 },
        { number: 3, script: 2, tenant: "a" },
        { number: 4, script: 2, tenant: "b" },
      ];
      const first = askers.map((asker) => call(policy, {}, { asker }));
      const more = [...askers, { number: 5, script: 2 }, { number: 6, script: 3, tenant: "a" }];
      for (const asker of more) assert.deepEqual(await call(policy, {}, { asker }), DENIED);
      assert.deepEqual(rulesOfDenials(), Array(more.length).fill("decide busy"));
      for (const answer of answers) answer(true);
      assert.deepEqual(await Promise.all(first), Array(askers.length).fill(OK));
      assert.equal(answers.length, askers.length);
    });

    it("learns by its signal that its answer is not wanted any more", async () => {
      let signal: AbortSignal | undefined;
      const gone = new AbortController();
      const asked = new Promise<void>((resolve) => {
        const decide = (_: RuleRequest, given: AbortSignal) => {
          signal = given;
          resolve();
          return never();
        };
        void call(policyOf({ decide }), {}, { signal: gone.signal });
      });
      await asked;
      assert.equal(signal?.aborted, false);
      const aborted = once(signal as AbortSignal, "abort");
      gone.abort();
      await aborted;
    });

    it("counts against the time of the call, unless the rule says otherwise", async () => {
      const times: string[] = [];
      const asker = {
        number: 1,
        script: 1,
        pauseTime: () => void times.push("pause"),
        resumeTime: () => void times.push("resume"),
      };
      const slow = () => new Promise<boolean>((resolve) => setTimeout(resolve, 60, true));
      const options = { timeoutMs: 30, asker };
      assert.deepEqual(await call(policyOf({ decide: slow }), {}, options), { code: "OPERATION_TIMEDOUT" });
      assert.deepEqual(times, []);
      const free = policyOf({ decide: slow, decideCountsTime: false });
      assert.deepEqual(await call(free, {}, { timeoutMs: 10_000, asker }), OK);
      const gone = new AbortController();
      const left = call(
        policyOf({ decide: never, decideCountsTime: false }),
        {},
        { signal: gone.signal, asker },
      );
      gone.abort();
      assert.deepEqual(await left, { code: "ABORTED_BY_CALLBACK" });
      assert.deepEqual(times, ["pause", "resume", "pause", "resume"]);
    });

    it("is not asked about what a budget does not allow, and what it refuses counts", async () => {
      let asked = 0;
      const decide = () => ++asked > 100;
      const policy = policyOf({ decide, budget: { all: { requests: 2 } } });
      const codes = [await call(policy), await call(policy), await call(policy)];
      assert.deepEqual([codes, asked], [[DENIED, DENIED, { code: "REQUEST_BUDGET" }], 2]);
    });
  });

  describe("of a header", () => {
    const sent = () => server.requests.map((request) => headerOf(request, "x-key"));

    it("gives the value for each request", async () => {
      let count = 0;
      const headers = { "X-Key": async ({ hop }: RuleRequest) => `token-${++count}-${hop}`, "X-Fixed": "f" };
      const policy = policyOf({ headers });
      await call(policy);
      await call(policy);
      assert.deepEqual(sent(), ["token-1-0", "token-2-0"]);
    });

    it("is not asked for a call that ended while decide was asked", async () => {
      let answer: ((isAllowed: boolean) => void) | undefined;
      let isAsked = false;
      const decide = () => new Promise<boolean>((resolve) => (answer = resolve));
      const value = () => {
        isAsked = true;
        return "s3cr3t";
      };
      const gone = new AbortController();
      const left = call(policyOf({ decide, headers: { "X-Key": value } }), {}, { signal: gone.signal });
      gone.abort();
      assert.deepEqual(await left, { code: "ABORTED_BY_CALLBACK" });
      answer?.(true);
      await nextTurn();
      assert.equal(isAsked, false);
    });

    const failing: [what: string, give: unknown, code: string][] = [
      ["a number", () => 1, "SECRET_UNAVAILABLE"],
      ["nothing", () => undefined, "SECRET_UNAVAILABLE"],
      ["blanks", () => " ", "SECRET_UNAVAILABLE"],
      ["two lines", () => "a\r\nX: b", "SECRET_UNAVAILABLE"],
      ["a rejection", () => Promise.reject(new Error("s3cr3t")), "SECRET_UNAVAILABLE"],
      [
        "a throw",
        () => {
          throw new Error("s3cr3t");
        },
        "SECRET_UNAVAILABLE",
      ],
      ["no answer", never, "SECRET_TIMEDOUT"],
    ];
    for (const [what, give, code] of failing) {
      it(`fails the call with ${what}, and sends nothing`, async () => {
        const policy = policyOf({ headers: { "X-Key": give as () => string }, headersTimeout: 0.02 });
        const outcome = await network.perform(transferTo(server.base), { policy });
        assert.ok("code" in outcome && outcome.code === code);
        assert.ok(!String(outcome.cause?.stack).includes("s3cr3t") && outcome.cause?.cause === undefined);
        assert.equal(server.connections.accepted, 0);
      });
    }

    it("is not asked where the request is denied", async () => {
      const headers = { "X-Key": () => assert.fail("asked") };
      assert.deepEqual(await call(policyOf({ headers, decide: () => false })), DENIED);
      assert.deepEqual(await call(policyOf({ headers }), { method: "TRACE" }), DENIED);
    });

    it("may be refused where its rule means nothing by it", () => {
      const origin = "https://a.example";
      const wrong: [rule: Partial<AllowRule>, option: string][] = [
        [{ headersTimeout: 5 }, "headersTimeout"],
        [{ headers: { "X-Key": () => "k" }, headersTimeout: 0 }, "headersTimeout"],
        [{ headers: { "X-Key": () => "k" }, headersTimeout: 2_147_484 }, "headersTimeout"],
        [{ decide: true as never }, "decide"],
        [{ decideTimeout: 5 }, "decideTimeout"],
        [{ decide: () => true, decideTimeout: -1 }, "decideTimeout"],
        [{ decide: () => true, decideAtOnce: 0 }, "decideAtOnce"],
        [{ decide: () => true, decideCountsTime: 1 as never }, "decideCountsTime"],
        [{ decide: () => true, decideAtOnce: 1.5 }, "decideAtOnce"],
        [{ budget: { run: {} } }, "budget.run"],
        [{ budget: { all: { requests: 1.5 } } }, "budget.all.requests"],
        [{ budget: { all: { bytes: 0.5 } } }, "budget.all.bytes"],
        [{ budget: { all: { requestsPerSecond: 0 } } }, "budget.all.requestsPerSecond"],
      ];
      for (const [rule, option] of wrong) {
        const make = () => createPolicy({ allow: [{ origin, ...rule }] }, { audience: "application" });
        assert.throws(make, { code: "BAD_CONFIG", option: `policy.allow[0].${option}` });
      }
    });
  });

  describe("budgets", () => {
    it("count redirects, and bytes both ways", async () => {
      await server.close();
      server = await startScriptedServer([moved("/y")]);
      const requests = policyOf({ budget: { all: { requests: 1 } } });
      assert.deepEqual(await call(requests, { redirects: 1 }), { code: "REQUEST_BUDGET" });
      const body = stringBody("12345");
      const enough = policyOf({ budget: { all: { bytes: 7 } } });
      assert.deepEqual(await call(enough, { body }), OK);
      assert.deepEqual(await call(enough, { body }), { code: "BYTE_BUDGET" });
      for (const bytes of [6, 4]) {
        assert.deepEqual(await call(policyOf({ budget: { all: { bytes } } }), { body }), {
          code: "BYTE_BUDGET",
        });
      }
      assert.equal(server.requests.length, 3);
    });

    it("end with the rule that has them", async () => {
      await server.close();
      server = await startScriptedServer([moved("/free")]);
      const narrow = { paths: ["/x"], budget: { all: { bytes: 1 } } };
      const policy = policyOf(narrow, [{ origin: server.base, paths: ["/free"] }]);
      assert.deepEqual(await call(policy, { redirects: 1 }), OK);
    });
  });
});
