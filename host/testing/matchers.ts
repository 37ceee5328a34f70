import { inspect } from "node:util";
import { HttpBackgroundError } from "../api/errors.ts";
import type { RequestPattern } from "./fakes/pattern.ts";
import type { TestHttpBackground } from "./test-http-background.ts";

/** What a matcher of Jest and of Vitest returns. */
export interface MatcherResult {
  readonly pass: boolean;
  message(): string;
}

/**
 * What `expect` can do after `expect.extend(httpMatchers)`. For TypeScript, declare it:
 *
 *     declare module "vitest" { interface Matchers<T = any> extends HttpMatchers<T> {} }
 */
export interface HttpMatchers<R = unknown> {
  /** Some request has fitted the pattern; with `times`, exactly so many. */
  toHaveRequested(pattern: RequestPattern | string | URL | RegExp, times?: number): R;
  /** Every request was answered, and every fake was used. */
  toHaveUsedAllFakes(): R;
}

/** Matchers for `expect.extend` of Jest and of Vitest. What is expected is a plugin without a network. */
export const httpMatchers = {
  toHaveRequested(
    http: unknown,
    pattern: RequestPattern | string | URL | RegExp,
    times?: number,
  ): MatcherResult {
    const plugin = asPlugin(http);
    const { length } = plugin.requests(pattern);
    const pass = times === undefined ? length > 0 : length === times;
    return {
      pass,
      message: () => {
        const wanted = times === undefined ? "a request" : `${times} requests`;
        const all = plugin.requests().map((request) => `\n  ${request}`);
        return `expected ${pass ? "not " : ""}${wanted} with ${show(pattern)}, and there were ${length} of ${all.length}${all.join("")}`;
      },
    };
  },

  toHaveUsedAllFakes(http: unknown): MatcherResult {
    const plugin = asPlugin(http);
    try {
      plugin.verify();
      return {
        pass: true,
        message: () => "expected a fake that was not used, or a request that was not answered",
      };
    } catch (error) {
      return { pass: false, message: () => (error as Error).message };
    }
  },
};

function asPlugin(http: unknown): TestHttpBackground {
  const plugin = http as Partial<TestHttpBackground> | null;
  if (typeof plugin?.requests === "function" && typeof plugin.verify === "function")
    return http as TestHttpBackground;
  const message = "http: must be what createTestHttpBackground returned";
  throw new HttpBackgroundError("BAD_ARGUMENT", message, { option: "http" });
}

function show(pattern: unknown): string {
  return typeof pattern === "string" || pattern instanceof URL ? String(pattern) : inspect(pattern);
}
