import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nearestName } from "../../host/api/nearest-name.ts";

const KNOWN = ["timeout", "connect_timeout", "headers", "redirects", "ca", "env", "sourceip"];

const ROWS: readonly (readonly [name: string, meant: string | undefined])[] = [
  ["timout", "timeout"],
  ["tiemout", "timeout"],
  ["Timeout", "timeout"],
  ["timeouts", "timeout"],
  ["connectTimeout", "connect_timeout"],
  ["header", "headers"],
  ["redirect", "redirects"],
  ["cA", "ca"],
  ["cs", undefined],
  ["x", undefined],
  ["", undefined],
  ["allow", undefined],
  ["background", undefined],
  ["timeout".repeat(10), undefined],
];

describe("the name that is nearest", () => {
  for (const [name, meant] of ROWS) {
    it(`to "${name}" is ${meant ?? "none"}`, () => {
      assert.equal(nearestName(name, KNOWN), meant);
    });
  }
});
