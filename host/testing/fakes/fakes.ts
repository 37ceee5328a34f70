import type { Answer } from "../exchange/answer.ts";
import { TestKitError } from "../mistakes/test-kit-error.ts";
import type { TestRequest } from "../request/test-request.ts";
import { type Fake, FakeRule } from "./fake.ts";
import type { RequestPattern } from "./pattern.ts";
import { Reading } from "./reading.ts";

/** How many fakes and differences a message names. */
const MOST_NAMED = 10;

/** The fakes of one test, in the order in which they were made. The first that fits answers. */
export class Fakes {
  readonly #rules: FakeRule[] = [];

  /** @throws HttpBackgroundError BAD_ARGUMENT */
  add(pattern: RequestPattern | string | URL | RegExp): Fake {
    const rule = new FakeRule(pattern);
    this.#rules.push(rule);
    return rule;
  }

  /** The answer of a fake; null if none fits. */
  answer(request: TestRequest): Answer | Promise<Answer> | null {
    const reading = new Reading(request);
    const rule = this.#rules.find((one) => !one.isUsedUp && one.matcher.fits(reading));
    return rule === undefined ? null : rule.next(request);
  }

  /** The address that a fake gives to a host; null if none does. */
  addressOf(hostname: string): string | null {
    const rule = this.#rules.find(
      ({ matcher }) => matcher.address !== null && matcher.url?.hostname === hostname,
    );
    return rule?.matcher.address ?? null;
  }

  /** The origins that fakes name. */
  get origins(): string[] {
    return [...new Set(this.#rules.flatMap(({ matcher }) => matcher.url?.origin ?? []))];
  }

  /** Those that were not used, or not to their end. */
  get unused(): string[] {
    return this.#rules.filter((rule) => rule.isUnused).map((rule) => `${rule} (used ${count(rule.used)})`);
  }

  /** Why nothing answers a request: the fake that is nearest, and how the request differs from it. */
  explain(request: TestRequest): TestKitError {
    const lines = [`no fake answers ${request}`];
    const reading = new Reading(request);
    const rules = this.#rules.map((rule) => ({ rule, ...rule.matcher.distance(reading) }));
    const [nearest] = rules.sort((a, b) => a.weight - b.weight);
    if (nearest === undefined) lines.push("  there is none: make one with when(…)");
    else if (nearest.weight === 0)
      lines.push(`  ${nearest.rule} fits, but is used up (${count(nearest.rule.used)})`);
    else {
      lines.push(`  the nearest of ${rules.length} is ${nearest.rule}`);
      for (const { where, wanted, came } of nearest.differences.slice(0, MOST_NAMED))
        lines.push(`    ${where}: wanted ${wanted}, came ${came}`);
    }
    return new TestKitError("NO_FAKE", lines.join("\n"));
  }

  clear(): void {
    this.#rules.length = 0;
  }
}

function count(times: number): string {
  return times === 1 ? "once" : `${times} times`;
}
