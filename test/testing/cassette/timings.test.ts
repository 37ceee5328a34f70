import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { after, describe, it } from "node:test";
import { createTestClock, createTestHttpBackground } from "../../../host/testing/index.ts";
import { Cassettes } from "../../support/cassettes.ts";

const cassettes = new Cassettes();
after(() => cassettes.remove());

/** The end of time of a timer. */
const LONGEST_MS = 2 ** 31 - 1;

interface Played {
  /** When the head, the content and the end came, in milliseconds; -1 if it did not come. */
  readonly head: number;
  readonly content: number;
  readonly end: number;
  readonly code: string | undefined;
}

/** Replays an archive of one entry on a clock of its own. */
async function play(entry: object, timings: boolean | undefined, limitMs = LONGEST_MS): Promise<Played> {
  const request = { method: "GET", url: "http://a.example/", headers: [] };
  const response = { status: 200, headers: [], content: { text: "content" } };
  const log = { entries: [{ request, response, ...entry }] };
  const file = cassettes.path("timed");
  await writeFile(file, JSON.stringify({ log }));
  const clock = createTestClock();
  const cassette = { file, mode: "replay", timings } as const;
  const http = await createTestHttpBackground(undefined, { cassette, clock });
  try {
    let [head, content, end] = [-1, -1, -1];
    let code: string | undefined;
    const calling = http
      .http_background("default", "http://a.example/", {}, undefined, { stream: true, timeoutMs: limitMs })
      .then(async (result) => {
        head = clock.now();
        code = result.code;
        for await (const _ of result.content ?? []) content = clock.now();
      })
      .catch((error) => {
        code = error.code;
      })
      .finally(() => {
        end = clock.now();
      });
    await clock.advance(LONGEST_MS);
    await calling;
    return { head, content, end, code };
  } finally {
    await http.destroy();
  }
}

const TIMINGS = { blocked: 1000, dns: 200, connect: 30, ssl: 20, send: 4, wait: 5000, receive: 60_000 };
const HEAD_AT = 6234;

describe("the recorded times of a cassette", () => {
  it("do not matter, unless they are asked for", async () => {
    for (const timings of [undefined, false])
      assert.deepEqual(await play({ timings: TIMINGS }, timings), {
        head: 0,
        content: 0,
        end: 0,
        code: undefined,
      });
  });

  it("pass on the clock of the test: until the head comes, and until the end", async () => {
    const played = await play({ timings: TIMINGS }, true);
    assert.deepEqual(played, { head: HEAD_AT, content: HEAD_AT, end: HEAD_AT + 60_000, code: undefined });
  });

  it("pass before a failure, in the middle or instead of an answer", async () => {
    const refused = { response: { status: 0, headers: [], content: {} }, _code: "COULDNT_CONNECT" };
    assert.deepEqual(await play({ timings: TIMINGS, ...refused }, true), {
      head: HEAD_AT + 60_000,
      content: -1,
      end: HEAD_AT + 60_000,
      code: "COULDNT_CONNECT",
    });
    const played = await play({ timings: TIMINGS, _code: "PARTIAL_FILE" }, true);
    assert.deepEqual([played.head, played.end, played.code], [HEAD_AT, HEAD_AT + 60_000, "PARTIAL_FILE"]);
  });

  it("meet the time limits of calls", async () => {
    const late = await play({ timings: TIMINGS }, true, HEAD_AT - 1);
    assert.deepEqual([late.end, late.code], [HEAD_AT - 1, "OPERATION_TIMEDOUT"]);
    assert.equal((await play({ timings: TIMINGS }, true, HEAD_AT + 60_001)).code, undefined);
  });

  it("are none where a program wrote none, or what is no time", async () => {
    for (const timings of [
      undefined,
      null,
      {},
      { wait: -1, receive: -1 },
      { wait: "5", receive: Number.NaN },
      [],
    ])
      assert.equal((await play({ timings }, true)).end, 0, JSON.stringify(timings));
    assert.equal((await play({ timings: { wait: 1e300 } }, true)).head, LONGEST_MS);
  });
});
