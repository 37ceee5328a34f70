import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  createTestClock,
  type TestHttpBackground,
  type TestScriptOptions,
  type TestScriptResult,
  testScript,
} from "../../host/testing/index.ts";
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

/** Examples with the fakes that they need, and what they have to say and to send. */
const EXAMPLES: readonly (readonly [
  path: string,
  options: TestScriptOptions,
  ends: { readonly output: string; readonly result: unknown },
  check?: (result: TestScriptResult) => void,
])[] = [
  ...(["javascript/mail.js", "scripts/mail.ts"] as const).map(
    (path) =>
      [
        path,
        {
          args: [URL_],
          files: { mail: new Blob(["Subject: hello\r\n\r\nhi"]) },
          when: (when: TestHttpBackground["when"]) => {
            const mail = { filename: "mail.eml", type: "message/rfc822", content: /^Subject: hello\r\n/ };
            when({ method: "POST", url: URL_, parts: { sender: "alice@example.com", mail } }).reply(
              201,
              {},
              "taken",
            );
          },
        },
        path.endsWith(".js")
          ? { output: "uploaded 20 bytes: 201\n", result: "taken" }
          : { output: "uploaded 20 bytes: 201\ntaken\n", result: 201 },
        ({ requests }: TestScriptResult) =>
          assert.deepEqual(
            requests[0]?.parts().map(({ encoding }) => encoding),
            [null, "base64"],
          ),
      ] as const,
  ),
  [
    "javascript/many.js",
    {
      args: [URL_],
      when: (when) => {
        when(`${URL_}/7`).reply(404);
        when(`${URL_}/8`).fail("COULDNT_CONNECT");
        when(`${URL_}/*`).reply(200, {}, "abc").times(18);
      },
    },
    {
      output: "18 × status 200\n1 × status 404\n1 × COULDNT_CONNECT\n",
      result: { answered: 19, bytes: 54 },
    },
  ],
  [
    "scripts/sequence.ts",
    {
      args: [URL_, "4"],
      when: (when) => {
        when(`${URL_}/*`).reply(200, {}, "abc").times(2).reply(404).fail("GOT_NOTHING").times(1);
      },
    },
    { output: "2 × status 200\n1 × status 404\n1 × failed\n6 bytes\n", result: 3 },
  ],
  [
    "scripts/webhook.ts",
    {
      args: [URL_],
      when: (when) => {
        when({ method: "POST", url: URL_, headers: { "x-attempt": "1" } }).reply(503);
        when({ method: "POST", url: URL_, json: { event: "delivered", id: 17 } })
          .fail("GOT_NOTHING")
          .reply(204);
      },
    },
    {
      output:
        "attempt 1: status 503\nattempt 2: Server returned nothing (no headers, no data)\ndelivered with attempt 3\n",
      result: 3,
    },
  ],
];

describe("the examples of scripts", () => {
  for (const [path, options, ends, check] of EXAMPLES) {
    it(`do what they say: ${path}`, async () => {
      const compile = path.endsWith(".ts") ? { optimizeLevel: 0 as const } : undefined;
      const ended = await testScript(inRoot(`examples/${path}`), { compile, ...options });
      assert.deepEqual({ output: ended.output, result: ended.result }, ends);
      check?.(ended);
    });
  }
});
