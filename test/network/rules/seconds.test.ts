import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HttpBackgroundError } from "../../../host/api/errors.ts";
import { readSeconds } from "../../../host/network/rules/seconds.ts";

/** The longest timer that Node has. */
const LONGEST_MS = 2_147_483_647;

describe("a time limit of a rule in seconds", () => {
  it("is rounded up to whole milliseconds, up to the longest timer", () => {
    const table: [given: unknown, ms: number][] = [
      [undefined, 10_000],
      [10, 10_000],
      [0.0001, 1],
      [0.0011, 2],
      [LONGEST_MS / 1000, LONGEST_MS],
    ];
    for (const [given, ms] of table) assert.equal(readSeconds(given, "limit", 10), ms, String(given));
  });

  it("is refused if it is no number above 0, or longer than the longest timer", () => {
    const isRefused = (error: unknown) =>
      error instanceof HttpBackgroundError &&
      error.code === "BAD_CONFIG" &&
      error.option === "limit" &&
      error.message.includes(`at most ${LONGEST_MS / 1000}`);
    for (const given of [0, -1, Number.NaN, (LONGEST_MS + 1) / 1000, Number.POSITIVE_INFINITY, "5", null]) {
      assert.throws(() => readSeconds(given, "limit", 10), isRefused, String(given));
    }
  });
});
