import { isKeyed } from "../../api/keyed.ts";
import { refuseUnknownKeys, refuseUnseen } from "../../api/refusal.ts";
import type { Clock } from "../../lifetime/clock.ts";
import { type Budget, type BudgetCode, BudgetCounter, readBudget } from "./budget.ts";

/** For whom a budget counts. An application has no runs, and the rule of a run counts for this run alone. */
export type BudgetScope = "run" | "all";

/** The budgets of one rule: for each run, and for all calls together. */
export class RuleBudgets {
  readonly #now: () => number;
  readonly #ofRun: Budget | null;
  readonly #all: BudgetCounter | null;
  readonly #runs = new WeakMap<object, BudgetCounter>();
  /** Whether bytes are counted. */
  readonly countsBytes: boolean;

  /** @throws HttpBackgroundError BAD_CONFIG, which names the key */
  constructor(
    given: unknown,
    option: string,
    { scopes, clock }: { readonly scopes: readonly BudgetScope[]; readonly clock: Clock },
  ) {
    this.#now = () => clock.now();
    const { run, all } = readScopes(given, option, scopes);
    this.#ofRun = readBudget(run, `${option}.run`);
    const total = readBudget(all, `${option}.all`);
    this.#all = total === null ? null : new BudgetCounter(total, this.#now);
    this.countsBytes = [this.#ofRun, total].some((one) => Number.isFinite(one?.bytes));
  }

  /** Why a run may make no more requests; null if it may. `run` is null for the application. */
  check(run: object | null): BudgetCode | null {
    return this.#counterOf(run)?.check() ?? this.#all?.check() ?? null;
  }

  countRequest(run: object | null): void {
    this.#counterOf(run)?.countRequest();
    this.#all?.countRequest();
  }

  /** False if these are too many. */
  countBytes(run: object | null, bytes: number): boolean {
    const isWithinRun = this.#counterOf(run)?.countBytes(bytes) ?? true;
    const isWithinAll = this.#all?.countBytes(bytes) ?? true;
    return isWithinRun && isWithinAll;
  }

  #counterOf(run: object | null): BudgetCounter | null {
    if (this.#ofRun === null || run === null) return null;
    let counter = this.#runs.get(run);
    if (counter === undefined) {
      counter = new BudgetCounter(this.#ofRun, this.#now);
      this.#runs.set(run, counter);
    }
    return counter;
  }
}

function readScopes(
  given: unknown,
  option: string,
  scopes: readonly BudgetScope[],
): { run?: unknown; all?: unknown } {
  if (given === undefined) return {};
  if (!isKeyed(given)) {
    return refuseUnseen(option, `must be an object with ${scopes.join(", ")}`);
  }
  refuseUnknownKeys(given, scopes, option);
  return given;
}
