import type { AllowRule } from "../index.ts";
import type { ScriptRequest } from "../script/index.ts";

/** More paths of an origin are not listed one by one: then its rule has none. */
const MOST_PATHS = 100;

/** The smallest rules that allow what a script has asked for. */
export class LearnedRules {
  /** By origin, then by path, the methods. A path that no rule can have is "". */
  readonly #asked = new Map<string, Map<string, Set<string>>>();

  add({ origin, method, path }: ScriptRequest): void {
    const paths = this.#asked.get(origin) ?? new Map<string, Set<string>>();
    this.#asked.set(origin, paths);
    const key = path === null || (paths.size >= MOST_PATHS && !paths.has(path)) ? "" : asPattern(path);
    const methods = paths.get(key) ?? new Set<string>();
    paths.set(key, methods.add(method));
  }

  /** Paths that are asked for by the same methods are in one rule. */
  rules(): AllowRule[] {
    return [...this.#asked].sort(byKey).flatMap(([origin, paths]) => {
      const groups = new Map<string, string[]>();
      for (const [path, methods] of [...paths].sort(byKey)) {
        const key = [...methods].sort().join(" ");
        groups.set(key, [...(groups.get(key) ?? []), path]);
      }
      return [...groups].sort(byKey).map(([methods, group]) => toRule(origin, methods.split(" "), group));
    });
  }
}

/** Without paths, a rule allows all of them. */
function toRule(origin: string, methods: string[], paths: string[]): AllowRule {
  return paths.includes("") ? { origin, methods } : { origin, methods, paths };
}

function asPattern(path: string): string {
  return path.replaceAll("*", "%2A");
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
