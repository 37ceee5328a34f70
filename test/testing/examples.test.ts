import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createTestClock, testScript } from "../../host/testing/index.ts";
import { inRoot } from "../support/root.ts";

const URL_ = "https://hooks.example.com/delivered";

describe("the example of a webhook in JavaScript", () => {
  it("tries again with longer and longer pauses, and waits for none of them here", async () => {
    const clock = createTestClock();
    const times: number[] = [];
    const note = (status: number) => () => {
      times.push(clock.now());
      return status;
    };
    const running = testScript(inRoot("examples/javascript/webhook.js"), {
      args: [URL_, "a secret"],
      http: { clock },
      when: (when) => {
        when({ method: "POST", url: URL_, json: { event: "delivered", id: 17 } })
          .reply(note(503))
          .fail("COULDNT_CONNECT")
          .reply(note(200));
      },
    });
    // It is not known when the script has been loaded.
    while (clock.waiting < 2) await new Promise<void>((resolve) => setImmediate(resolve));
    await clock.advance(10_000);
    const { result, output, requests } = await running;
    assert.equal(result, 3);
    assert.deepEqual(times, [0, 1500]);
    assert.deepEqual(output.split("\n"), [
      "attempt 1: status 503",
      "attempt 2: Couldn't connect to server",
      "delivered with attempt 3",
      "",
    ]);
    const tokens = requests.map(({ headers }) => headers.get("x-token"));
    assert.deepEqual([tokens.length, new Set(tokens).size], [3, 1]);
  });
});
