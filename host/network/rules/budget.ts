import type { ErrorCode } from "../../api/errors.ts";
import { isKeyed } from "../../api/keyed.ts";
import { refuseUnknownKeys, refuseUnseen } from "../../api/refusal.ts";
import type { RuleBudget } from "../../api/rules.ts";

/** Why a budget allows no more. */
export type BudgetCode = Extract<ErrorCode, "REQUEST_BUDGET" | "BYTE_BUDGET" | "RATE_BUDGET">;

const KEYS: readonly (keyof RuleBudget)[] = ["requests", "bytes", "requestsPerSecond"];

/** Limits that are not given are Infinity. */
export type Budget = Readonly<Required<Record<keyof RuleBudget, number>>>;

/** @throws HttpBackgroundError BAD_CONFIG, which names the key */
export function readBudget(given: unknown, option: string): Budget | null {
  if (given === undefined) return null;
  if (!isKeyed(given)) {
    return refuseUnseen(option, `must be an object with ${KEYS.join(", ")}`);
  }
  refuseUnknownKeys(given, KEYS, option);
  const budget = given as Record<string, unknown>;
  const most = (key: keyof RuleBudget): number => readMost(budget[key], `${option}.${key}`, key);
  return { requests: most("requests"), bytes: most("bytes"), requestsPerSecond: most("requestsPerSecond") };
}

function readMost(value: unknown, option: string, key: keyof RuleBudget): number {
  if (value === undefined) return Number.POSITIVE_INFINITY;
  const isWhole = key === "requestsPerSecond" || Number.isInteger(value);
  if (typeof value === "number" && value > 0 && Number.isFinite(value) && isWhole) return value;
  return refuseUnseen(option, `must be a ${key === "requestsPerSecond" ? "" : "whole "}number above 0`);
}

/** What has been used of a budget. */
export class BudgetCounter {
  readonly #budget: Budget;
  readonly #now: () => number;
  /** A second's worth, and at least one request, may come at once. */
  readonly #burst: number;
  #requests = 0;
  #bytes = 0;
  /** How many requests may come at the time `#filledAt`. */
  #ready: number;
  #filledAt: number;

  /** @param now Milliseconds */
  constructor(budget: Budget, now: () => number) {
    this.#budget = budget;
    this.#now = now;
    this.#burst = Math.max(1, budget.requestsPerSecond);
    this.#ready = this.#burst;
    this.#filledAt = now();
  }

  /** Why no more requests may be made; null if one may. */
  check(): BudgetCode | null {
    const { requests, bytes } = this.#budget;
    if (this.#requests >= requests) return "REQUEST_BUDGET";
    if (this.#bytes >= bytes) return "BYTE_BUDGET";
    this.#fill();
    return this.#ready < 1 ? "RATE_BUDGET" : null;
  }

  countRequest(): void {
    this.#requests++;
    this.#ready--;
  }

  /** False if these are too many. */
  countBytes(bytes: number): boolean {
    this.#bytes += bytes;
    return this.#bytes <= this.#budget.bytes;
  }

  #fill(): void {
    const { requestsPerSecond } = this.#budget;
    if (requestsPerSecond === Number.POSITIVE_INFINITY) return;
    const now = this.#now();
    const more = ((now - this.#filledAt) / 1000) * requestsPerSecond;
    this.#ready = Math.min(this.#burst, this.#ready + more);
    this.#filledAt = now;
  }
}
