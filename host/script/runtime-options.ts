import { availableParallelism } from "node:os";
import { HttpBackgroundError } from "../api/errors.ts";
import type { HttpBackground } from "../api/http-background.ts";
import type { PolicyRules, ScriptRequest } from "../api/rules.ts";
import type { GivenLimits } from "./blame/limits.ts";

/** What the application decides for all scripts of a runtime. */
export interface ScriptRuntimeOptions extends PolicyRules {
  /** Scripts use its threads, connections and certificates. It stays open when the runtime is closed. */
  http: HttpBackground;
  /** What scripts may reach: `scheme://host[:port]`, or rules. docs/policy.md has the grammar. @default nothing */
  allow?: PolicyRules["allow"];
  limits?: GivenLimits | undefined;
  /**
   * Number of script workers: threads in which scripts compute, so that they do not block the application. With 0,
   * scripts compute on the application's thread. At most 64. @default the number of cores less one, but 1 to 4
   */
  workers?: number | undefined;
  /**
   * Bytes that the host keeps for all runs together, see docs/script-runtime.md. Beyond it new runs wait, and the script
   * that holds most loses a run, with the code MEMORY_LIMIT. At least 1 MiB.
   * @default half of what the machine or the container has, together with all other runtimes of the process
   */
  memory?: number | undefined;
  /** Whether scripts use `http_proxy` and similar variables of the environment. @default false */
  environmentProxy?: boolean | undefined;
  /**
   * Called with every origin that a script asks for, allowed or not. The argument is in the form of an entry of
   * `allow`.
   */
  onOrigin?: ((entry: string) => void) | undefined;
  /** Called with the origin, method and path of every request that a script asks for, allowed or not. */
  onRequest?: ((request: ScriptRequest) => void) | undefined;
  /** Names of packages of AssemblyScript that scripts may import, such as `json-as`. @default none */
  packages?: readonly string[] | undefined;
  /**
   * The module `assemblyscript/asc`, as a path or a URL.
   * @default the one that this package finds, or else the one that the working directory finds
   */
  asc?: string | URL | undefined;
}

export const RUNTIME_OPTIONS: readonly (keyof ScriptRuntimeOptions)[] = [
  "http",
  "allow",
  "block",
  "options",
  "limits",
  "environmentProxy",
  "onOrigin",
  "onRequest",
  "packages",
  "asc",
  "workers",
  "memory",
];

/**
 * Checks types, because the text "false" would count as true.
 *
 * @throws HttpBackgroundError BAD_CONFIG, which names the wrong option
 */
export function refuseWrongTypes(options: Omit<ScriptRuntimeOptions, "http">): void {
  const { environmentProxy, onOrigin, onRequest, asc } = options;
  const refuse = (option: string, kind: string): never => {
    throw new HttpBackgroundError("BAD_CONFIG", `${option}: must be ${kind}`, { option });
  };
  if (environmentProxy !== undefined && typeof environmentProxy !== "boolean")
    refuse("environmentProxy", "true or false");
  if (onOrigin !== undefined && typeof onOrigin !== "function") refuse("onOrigin", "a function");
  if (onRequest !== undefined && typeof onRequest !== "function") refuse("onRequest", "a function");
  if (asc !== undefined && typeof asc !== "string" && !(asc instanceof URL))
    refuse("asc", "the path or the URL of the module assemblyscript/asc");
}

/** Maximum number of workers of a runtime. */
const MOST_WORKERS = 64;

/** @throws HttpBackgroundError BAD_CONFIG */
export function readWorkers(workers: unknown = Math.min(4, Math.max(1, availableParallelism() - 1))): number {
  const isCount = typeof workers === "number" && Number.isInteger(workers);
  if (isCount && workers >= 0 && workers <= MOST_WORKERS) return workers;
  const message = `workers: must be a whole number from 0 to ${MOST_WORKERS}`;
  throw new HttpBackgroundError("BAD_CONFIG", message, { option: "workers" });
}

/** Minimum of `memory`. */
const LEAST_MEMORY = 1 << 20;

/** @throws HttpBackgroundError BAD_CONFIG */
export function readMemory(memory: unknown): number | undefined {
  if (memory === undefined) return undefined;
  if (typeof memory === "number" && Number.isSafeInteger(memory) && memory >= LEAST_MEMORY) return memory;
  const message = `memory: must be a whole number of bytes, from ${LEAST_MEMORY}`;
  throw new HttpBackgroundError("BAD_CONFIG", message, { option: "memory" });
}
