import { refuseUnseen } from "../../api/refusal.ts";
import type { AllowRule } from "../../api/rules.ts";
import type { Clock } from "../../lifetime/clock.ts";
import type { AskingRun } from "../transfer/asking-run.ts";
import type { Decide, Describe } from "../transfer/terms.ts";
import { type HostFunction, HostQuestion, Unanswered } from "./host-question.ts";
import { readSeconds } from "./seconds.ts";

const DEFAULT_TIMEOUT_S = 60;
const DEFAULT_AT_ONCE = 100;

/** Where a rule stands, and by which clock it waits. */
interface Asked {
  readonly option: string;
  readonly clock: Clock;
}

/** The question of one rule whether a request may be made. */
export class DecisionQuestion implements Decide {
  readonly countsTime: boolean;
  readonly #question: HostQuestion<unknown>;

  /** @throws HttpBackgroundError BAD_CONFIG, which names the key */
  constructor(decide: HostFunction<unknown>, rule: AllowRule, { option, clock }: Asked) {
    const { decideTimeout, decideAtOnce = DEFAULT_AT_ONCE, decideCountsTime = true } = rule;
    const timeoutMs = readSeconds(decideTimeout, `${option}.decideTimeout`, DEFAULT_TIMEOUT_S);
    if (!Number.isSafeInteger(decideAtOnce) || decideAtOnce < 1)
      refuseUnseen(`${option}.decideAtOnce`, "must be a whole number above 0");
    if (typeof decideCountsTime !== "boolean")
      refuseUnseen(`${option}.decideCountsTime`, "must be true or false");
    this.countsTime = decideCountsTime;
    this.#question = new HostQuestion(decide, { timeoutMs, most: decideAtOnce, clock });
  }

  async ask(describe: Describe, asker: AskingRun | null, over: AbortSignal): Promise<string | null> {
    try {
      return (await this.#question.ask(describe(), partyOf(asker), over)) === true ? null : "refused";
    } catch (error) {
      return error instanceof Unanswered ? error.why : "failed";
    }
  }
}

/** Who may have so many open questions: a tenant; without one, all runs of a script; the application. */
function partyOf(asker: AskingRun | null): string {
  if (asker === null) return "application";
  return asker.tenant === undefined ? `script ${asker.script}` : `tenant ${asker.tenant}`;
}

/** The question of a rule; null if it has none. @throws HttpBackgroundError BAD_CONFIG, which names the key */
export function readDecision(rule: AllowRule, option: string, clock: Clock): DecisionQuestion | null {
  const { decide } = rule;
  if (typeof decide === "function") return new DecisionQuestion(decide, rule, { option, clock });
  if (decide !== undefined) refuseUnseen(`${option}.decide`, "must be a function");
  for (const key of ["decideTimeout", "decideAtOnce", "decideCountsTime"] as const) {
    if (rule[key] !== undefined) refuseUnseen(`${option}.${key}`, "means nothing without decide");
  }
  return null;
}
