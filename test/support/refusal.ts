import assert from "node:assert/strict";
import { failureOf } from "./script-runtime.ts";

/** The message with which a compilation is refused. It must not show the secret of another file. */
export async function refusalOf(compiling: Promise<unknown>): Promise<string> {
  const error = await failureOf(compiling);
  assert.equal(error.code, "COMPILE_FAILED", String(error));
  assert.doesNotMatch(error.message, /tiger|dbPassword/);
  return error.message;
}
