import assert from "node:assert/strict";
import { describe, it, mock } from "node:test";
import { createHttpBackground } from "../../host/index.ts";
import {
  createTestClock,
  createTestHttpBackground,
  type Fake,
  type FaultKind,
  type FaultOptions,
} from "../../host/testing/index.ts";
import { type ServerEntry, startScriptedServer } from "../support/scripted-server.ts";
import { withTestHttp } from "../support/test-http.ts";

const HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n";

/** Faults of fakes, and a server that does the same. */
const TWINS: readonly (readonly [what: string, fake: (fake: Fake) => Fake, server: ServerEntry])[] = [
  ["cut", (fake) => fake.reply(200, {}, "abcdef").cut(3), { send: `${HEAD}abc`, end: true }],
  ["cut before the content", (fake) => fake.reply(200, {}, "abcdef").cut(0), { send: HEAD, end: true }],
  ["reset", (fake) => fake.reply(200, {}, "abcdef").reset(3), { send: `${HEAD}abc`, reset: true }],
  ["garbage", (fake) => fake.garbage(), { send: "\x16\x03\x01 this is no HTTP", end: true }],
  ["no answer", (fake) => fake.fail("GOT_NOTHING"), { end: true }],
];

describe("a fault of a fake", () => {
  for (const [what, makeFake, entry] of TWINS) {
    it(`is what a server's fault is: ${what}`, async () => {
      const server = await startScriptedServer([entry]);
      const real = await createHttpBackground({ threads: [{ id: "default" }] });
      const fake = await createTestHttpBackground();
      try {
        makeFake(fake.when(/./));
        const [seen, given] = await Promise.all(
          [real, fake].map((http) => http.http_background("default", server.base)),
        );
        assert.equal(typeof given?.code, "string");
        assert.deepEqual({ ...given }, { ...seen });
      } finally {
        await fake.destroy();
        await real.destroy();
        await server.close();
      }
    });
  }

  it("breaks a stream where it says, and not content that is shorter", () =>
    withTestHttp(async (http) => {
      http.when("/cut").reply(200, {}, "abcdef").trickle(2, 50).cut(4);
      http.when("/whole").reply(200, {}, "abcdef").cut(7).reset(7);
      const { content } = await http.http_background("default", "a.example/cut", {}, undefined, {
        stream: true,
      });
      const pieces: string[] = [];
      await assert.rejects(
        async () => {
          for await (const piece of content ?? []) pieces.push(Buffer.from(piece).toString());
        },
        { code: "PARTIAL_FILE" },
      );
      assert.equal(pieces.join(""), "abcd");
      assert.equal((await http.http_background("default", "a.example/whole")).code, "RECV_ERROR");
    }));

  it("lasts until the call ends, if nothing ever comes", () =>
    withTestHttp(async (http) => {
      http.when("/never").never();
      const { signal } = new AbortController();
      const aborting = new AbortController();
      const pending = http.http_background("default", "a.example/never", {}, undefined, {
        signal: aborting.signal,
      });
      aborting.abort();
      assert.equal((await pending).code, "ABORTED_BY_CALLBACK");
      const settings = { signal, timeoutMs: 5 };
      assert.equal(
        (await http.http_background("default", "a.example/never", {}, undefined, settings)).code,
        "OPERATION_TIMEDOUT",
      );
    }));
});

/** What so many calls end with. */
async function outcomes(faults: FaultOptions, calls = 200): Promise<string[]> {
  const http = await createTestHttpBackground(undefined, { faults });
  http.when(/./).reply(200, {}, "x".repeat(100));
  const ends: string[] = [];
  for (let call = 0; call < calls; call++) {
    const { status, code } = await http.http_background("default", "a.example/");
    ends.push(code ?? String(status));
  }
  await http.close();
  return ends;
}

describe("faults at random", () => {
  it("come at their rate, of their kinds, and the same ones for the same seed", async () => {
    const kinds = ["refused", "reset", "cut", "garbage"] as const;
    const seen = await outcomes({ rate: 0.25, kinds, seed: 7 });
    const faults = seen.filter((end) => end !== "200");
    assert.ok(faults.length > 25 && faults.length < 75, `${faults.length}`);
    assert.deepEqual([...new Set(faults)].sort(), [
      "COULDNT_CONNECT",
      "PARTIAL_FILE",
      "RECV_ERROR",
      "UNSUPPORTED_PROTOCOL",
    ]);
    assert.deepEqual(await outcomes({ rate: 0.25, kinds, seed: 7 }), seen);
    assert.notDeepEqual(await outcomes({ rate: 0.25, kinds, seed: 8 }), seen);
    assert.deepEqual(new Set(await outcomes({ rate: 0, seed: 7 })), new Set(["200"]));
    assert.ok(!(await outcomes({ rate: 1, seed: 7 })).includes("200"));
  });

  it("are late or slow, on the clock of the test, or never end", async () => {
    const told = async (kind: FaultKind): Promise<readonly [took: number, end: string, pieces: number]> => {
      const clock = createTestClock();
      const http = await createTestHttpBackground(undefined, {
        clock,
        faults: { rate: 1, kinds: [kind], seed: 7 },
      });
      try {
        http.when(/./).reply(200, {}, "x".repeat(100));
        let [took, pieces] = [-1, 0];
        const into = new WritableStream({ write: () => void pieces++ });
        const settings = { into, timeoutMs: 60_000 };
        const calling = http
          .http_background("default", "a.example/", {}, undefined, settings)
          .then((result) => {
            took = clock.now();
            return result;
          });
        await clock.advance(60_000);
        const { status, code } = await calling;
        return [took, code ?? String(status), pieces];
      } finally {
        await http.destroy();
      }
    };
    const [late, lateEnd, whole] = await told("delay");
    assert.ok(late > 0 && late <= 1000, `${late}`);
    assert.deepEqual([lateEnd, whole], ["200", 1]);
    const [slow, slowEnd, pieces] = await told("trickle");
    assert.ok(slow > 0 && slow <= 1000, `${slow}`);
    assert.deepEqual([slowEnd, pieces], ["200", 10]);
    assert.deepEqual(await told("never"), [60_000, "OPERATION_TIMEDOUT", 0]);
    assert.deepEqual(await told("delay"), [late, lateEnd, whole], "the same seed");
  });

  it("print a seed that was not given", async () => {
    const print = mock.method(console, "error", () => {});
    try {
      const seen = await outcomes({ rate: 0.5 }, 30);
      const [line = ""] = (print.mock.calls[0]?.arguments ?? []) as string[];
      const [, seed] = /^http-background\/testing: faults with the seed (\d+)$/.exec(line) ?? [];
      assert.deepEqual(await outcomes({ rate: 0.5, seed: Number(seed) }, 30), seen);
      assert.equal(print.mock.callCount(), 1);
    } finally {
      print.mock.restore();
    }
  });

  it("are refused if they are not right", async () => {
    const wrong: [string, unknown][] = [
      ["faults.rate", { rate: 2 }],
      ["faults.rate", {}],
      ["faults.kinds", { rate: 1, kinds: [] }],
      ["faults.kinds", { rate: 1, kinds: ["toString"] }],
      ["faults.seed", { rate: 1, seed: 0.5 }],
      ["faults.rates", { rates: 1 }],
      ["faults", 5],
    ];
    for (const [option, faults] of wrong)
      await assert.rejects(createTestHttpBackground(undefined, { faults: faults as FaultOptions }), {
        option,
      });
  });
});
