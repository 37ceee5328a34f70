import assert from "node:assert/strict";
import { open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createScriptRuntime } from "../../host/script/index.ts";
import { createTestClock, type TestClock, testScript } from "../../host/testing/index.ts";
import { assembleScript, call } from "../support/script-wat.ts";
import { withTestHttp } from "../support/test-http.ts";

const URL_ = "https://api.example.com/x";
const DAY_MS = 86_400_000;

/** A promise, and what has become of it. */
function watch<T>(promise: Promise<T>): { promise: Promise<T>; isOver: boolean } {
  const watched = { promise, isOver: false };
  const end = (): void => {
    watched.isOver = true;
  };
  promise.then(end, end);
  return watched;
}

const CALLER = assembleScript({
  body: `(func (export "main") (drop ${call("args")}))`,
  data: { args: ["default", URL_] },
});

describe("a test's clock", () => {
  let clock: TestClock;
  const withClock = (test: Parameters<typeof withTestHttp>[0], options = {}): Promise<void> => {
    clock = createTestClock();
    return withTestHttp(test, undefined, { clock, ...options });
  };

  it("ends the time limits of calls, to the millisecond", () =>
    withClock(async (http) => {
      http.when(URL_).never();
      const seconds = watch(http.http_background("default", URL_, { timeout: 30 }));
      const milliseconds = watch(
        http.http_background("default", URL_, {}, undefined, { timeoutMs: DAY_MS * 100 }),
      );
      await clock.advance(29_999);
      assert.deepEqual([seconds.isOver, clock.waiting], [false, 2]);
      await clock.advance(1);
      assert.equal((await seconds.promise).code, "OPERATION_TIMEDOUT");
      await clock.advance(DAY_MS * 100 - 30_001);
      assert.equal(milliseconds.isOver, false);
      await clock.advance(1);
      assert.equal((await milliseconds.promise).code, "OPERATION_TIMEDOUT");
      assert.deepEqual([clock.now(), clock.waiting], [DAY_MS * 100, 0]);
    }));

  it("brings what is late, and what comes piece by piece", () =>
    withClock(async (http) => {
      http.when(URL_).reply(200, {}, "abcdef").delay(1000).trickle(2, 500);
      const streamed = await Promise.all([
        http.http_background("default", URL_, {}, undefined, { stream: true }),
        clock.advance(1000),
      ]);
      const pieces: string[] = [];
      const reading = watch(
        (async () => {
          for await (const piece of streamed[0].content ?? []) pieces.push(Buffer.from(piece).toString());
        })(),
      );
      for (const seen of ["ab", "ab,cd", "ab,cd,ef"]) {
        await clock.advance(0);
        assert.equal(pieces.join(), seen);
        await clock.advance(500);
      }
      assert.equal(reading.isOver, true);
    }));

  it("lets what follows happen before it goes on: a retry after a pause, at the right time", () =>
    withClock(async (http) => {
      http.when(URL_).reply(503).delay(100).times(3).reply(200).delay(100);
      const times: number[] = [];
      const retrying = watch(
        (async () => {
          for (;;) {
            const { status } = await http.http_background("default", URL_);
            times.push(clock.now());
            if (status === 200) return;
            await clock.sleep(1000);
          }
        })(),
      );
      await clock.advance(10_000);
      assert.equal(retrying.isOver, true);
      assert.deepEqual(times, [100, 1200, 2300, 3400]);
      assert.equal(clock.now(), 10_000);
    }));

  it("waits for files that are read, however long that takes", async () => {
    const path = join(tmpdir(), `clock-${process.pid}`);
    await writeFile(path, Buffer.alloc(3_000_000, "x"));
    try {
      await withClock(async (http) => {
        http.when(URL_).reply(200).delay(1000);
        const file = await open(path);
        const posting = watch(http.http_background("default", URL_, { timeout: 60 }, file));
        await clock.advance(59_999);
        assert.equal((await posting.promise).status, 200);
        assert.equal(http.requests()[0]?.body.length, 3_000_000);
        await file.close();
      });
    } finally {
      await rm(path);
    }
  });

  it("drives what rules count and wait for", () => {
    const rate = { origin: "https://rate.example", budget: { all: { requestsPerSecond: 1 } } };
    const slow = {
      origin: "https://slow.example",
      headers: { "X-Key": () => new Promise<string>(() => {}) },
      headersTimeout: 7,
    };
    const asked = { origin: "https://ask.example", decide: () => clock.sleep(500).then(() => true) };
    return withClock(
      async (http) => {
        http.when(/./).reply();
        const codeOf = async (url: string) => (await http.http_background("default", url)).code;
        assert.deepEqual([await codeOf(rate.origin), await codeOf(rate.origin)], [undefined, "RATE_BUDGET"]);
        await clock.advance(1000);
        assert.equal(await codeOf(rate.origin), undefined);
        const secret = watch(codeOf(slow.origin));
        await clock.advance(6999);
        assert.equal(secret.isOver, false);
        await clock.advance(1);
        assert.equal(await secret.promise, "SECRET_TIMEDOUT");
        const decided = watch(codeOf(asked.origin));
        await clock.advance(499);
        assert.equal(decided.isOver, false);
        await clock.advance(1);
        assert.equal(await decided.promise, undefined);
      },
      { policy: { allow: [rate, slow, asked] } },
    );
  });

  it("lets tokens grow old, and dates signatures", () => {
    let token = { value: "", until: 0 };
    const renewing = (): string => {
      if (clock.now() >= token.until) token = { value: `token-${clock.now()}`, until: clock.now() + 60_000 };
      return token.value;
    };
    const policy = {
      allow: [{ origin: "https://api.example.com", headers: { "X-Token": renewing } }, "https://s3.example"],
    };
    return withClock(
      async (http) => {
        http.when(/./).reply();
        const tokenOf = async (): Promise<unknown> => {
          await http.http_background("default", URL_);
          return http.requests().at(-1)?.revealed().headers.get("x-token");
        };
        assert.deepEqual([await tokenOf(), await tokenOf()], ["token-0", "token-0"]);
        await clock.advance(60_000);
        assert.equal(await tokenOf(), "token-60000");
        const options = { aws_sigv4: "aws:amz:eu-north-1:s3", username: "id", password: "key" };
        await http.http_background("default", "https://s3.example/", options);
        assert.equal(http.requests().at(-1)?.headers.get("x-amz-date"), "20000101T000100Z");
      },
      { policy },
    );
  });

  it("ends the runs of scripts, and not what they compute", () =>
    withClock(async (http) => {
      http.when(URL_).never();
      const runtime = createScriptRuntime({
        http,
        allow: ["https://*:*"],
        limits: { timeout: 20, computeMs: 50 },
      });
      try {
        const waiting = watch((await runtime.load(CALLER)).run());
        await clock.advance(19_999);
        assert.equal(waiting.isOver, false);
        await clock.advance(1);
        await assert.rejects(waiting.promise, { code: "TIME_LIMIT" });
        const looping = assembleScript({ body: '(func (export "main") (loop $again (br $again)))' });
        await assert.rejects((await runtime.load(looping)).run(), { code: "COMPUTE_LIMIT" });
        assert.equal(clock.now(), 20_000);
      } finally {
        await runtime.destroy();
      }
    }));

  it("moves a script of testScript as well", async () => {
    const moved = createTestClock({ date: new Date("2030-01-01") });
    const running = testScript(CALLER, {
      http: { clock: moved },
      when: (when) => when(URL_).reply().delay(25_000),
    });
    // It is not known when the script has been loaded.
    while (moved.waiting < 2) await new Promise<void>((resolve) => setImmediate(resolve));
    await moved.advance(25_000);
    assert.equal((await running).requests.length, 1);
    assert.equal(moved.date().toISOString(), "2030-01-01T00:00:25.000Z");
  });

  it("refuses what is no time, and to be moved twice at once", async () => {
    const own = createTestClock();
    for (const ms of [-1, Number.NaN, Number.POSITIVE_INFINITY, "1" as never, undefined as never]) {
      await assert.rejects(own.advance(ms), { code: "BAD_ARGUMENT" });
      await assert.rejects(own.sleep(ms), { code: "BAD_ARGUMENT" });
    }
    for (const options of [{ date: new Date("x") }, { date: 1e30 }, { date: null }, { dat: 1 }, null])
      assert.throws(() => createTestClock(options as never), { code: "BAD_ARGUMENT" });
    const first = own.advance(1);
    await assert.rejects(own.advance(1), /await advance before/);
    await first;
    assert.equal(own.now(), 1);
    await assert.rejects(
      withTestHttp(async () => {}, undefined, { clock: {} as never }),
      { option: "clock" },
    );
  });
});
