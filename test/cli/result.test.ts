import assert from "node:assert/strict";
import { constants } from "node:buffer";
import { describe, it } from "node:test";
import { formatResult } from "../../host/cli/result.ts";

describe("the result on the command line", () => {
  it("says what to do if its content is too long for JSON", () => {
    // The system gives no memory for bytes that nobody writes.
    const headers = undefined as never;
    const content = Buffer.alloc(constants.MAX_STRING_LENGTH + 1);
    assert.throws(() => formatResult({ status: 200, content, headers, url: "" }), {
      name: "Mistake",
      message: `the content has ${content.length} bytes, too many for JSON: print it with --raw`,
    });
  });
});
