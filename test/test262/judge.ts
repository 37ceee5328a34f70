import { ENDED } from "./player.ts";
import type { SuiteCase } from "./suite.ts";

/** What has come of a case. */
export interface Verdict {
  /** Whether the engine alone does what the suite wants. */
  readonly isPassed: boolean;
  /** Where something else came out, and what. */
  readonly differences: readonly string[];
}

const IS_OVER = "print Test262:AsyncTestComplete";

/** @param lines What each player says; the first one is the engine alone */
export function judge(test: SuiteCase, [bare, ...hosted]: readonly Played[]): Verdict {
  const expected = bare?.lines ?? [];
  return {
    isPassed: isRight(test, expected),
    differences: hosted
      .filter(({ lines }) => lines.join("\n") !== expected.join("\n"))
      .map(({ name, lines }) => `${name}: ${shown(lines)}; bare: ${shown(expected)}`),
  };
}

export interface Played {
  /** Of the player. */
  readonly name: string;
  readonly lines: readonly string[];
}

function isRight({ isAsync, throws }: SuiteCase, lines: readonly string[]): boolean {
  const last = lines.at(-1) ?? "";
  if (throws !== undefined)
    return last.startsWith(`threw ${throws}:`) || last.startsWith(`${ENDED} ${throws}`);
  return isAsync ? lines.includes(IS_OVER) : last === "completed";
}

const LONGEST = 200;

function shown(lines: readonly string[]): string {
  return JSON.stringify(lines.join(" | ").slice(0, LONGEST));
}
