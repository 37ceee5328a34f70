import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RuleRequest } from "../../../host/api/rules.ts";
import { DecisionQuestion } from "../../../host/network/rules/decision-question.ts";
import { HostQuestion } from "../../../host/network/rules/host-question.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const REQUEST = { method: "GET" } as RuleRequest;
const ORIGIN = "https://a.example";
const signal = (): AbortSignal => new AbortController().signal;

describe("a question to the host", () => {
  it("makes room for one more when it is answered, again and again", async () => {
    const answers: ((value: string) => void)[] = [];
    const wait = () => new Promise<string>((resolve) => answers.push(resolve));
    const question = new HostQuestion(wait, { timeoutMs: 1000, most: 2, clock: new ManualClock() });
    const ask = () => question.ask(REQUEST, "a", signal());
    for (let round = 0; round < 3; round++) {
      const open = [ask(), ask()];
      await assert.rejects(ask(), { why: "busy" });
      for (const answer of answers.splice(0)) answer("yes");
      assert.deepEqual(await Promise.all(open), ["yes", "yes"]);
    }
  });

  it("is asked whether a request is made a hundred times at once, if the rule says nothing else", async () => {
    const answers: ((isAllowed: boolean) => void)[] = [];
    const decide = () => new Promise<boolean>((resolve) => answers.push(resolve));
    const place = { option: "rule", clock: new ManualClock() };
    const question = new DecisionQuestion(decide, { origin: ORIGIN, decide }, place);
    const ask = () => question.ask(() => REQUEST, null, signal());
    const open = Array.from({ length: 100 }, ask);
    assert.equal(await ask(), "busy");
    for (const answer of answers) answer(true);
    assert.deepEqual(new Set(await Promise.all(open)), new Set([null]));
  });

  it("has failed if the request cannot be described", async () => {
    const decide = () => true;
    const place = { option: "rule", clock: new ManualClock() };
    const question = new DecisionQuestion(decide, { origin: ORIGIN, decide }, place);
    const describeNothing = () => {
      throw new Error("s3cr3t");
    };
    assert.equal(await question.ask(describeNothing, null, signal()), "failed");
  });
});
