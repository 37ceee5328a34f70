import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { PassThrough } from "node:stream";
import { describe, it, type TestContext } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Attempt, once } from "../../../host/network/connect/attempt.ts";
import { readExactly, readHead } from "../../../host/network/connect/reader.ts";

const MOST = 40;

/** An attempt, and a socket from which the pieces come one by one. */
async function reading<T>(
  t: TestContext,
  pieces: readonly string[],
  read: (attempt: Attempt, socket: Socket) => Promise<T>,
): Promise<{ result: T; rest: string }> {
  const options = { timeoutMs: 60_000, signal: new AbortController().signal };
  const attempt = new Attempt(options, { what: "reading", hostname: "a.test", port: 1 });
  t.after(() => attempt.abandon());
  const socket = new PassThrough();
  const result = read(attempt, socket as unknown as Socket);
  result.catch(() => {});
  for (const piece of pieces) {
    socket.write(piece, "latin1");
    await setImmediate();
  }
  return { result: await result, rest: restOf(socket) };
}

/** All that is left. From Node 26 on, one read does not give all of it. */
function restOf(socket: PassThrough): string {
  let rest = "";
  for (let more = socket.read(); more !== null; more = socket.read()) rest += String(more);
  return rest;
}

/** A text in one piece, in two pieces that are cut at each place, and in pieces of a byte. */
function cuts(text: string): readonly (readonly string[])[] {
  const two = Array.from({ length: text.length - 1 }, (_, at) => [text.slice(0, at + 1), text.slice(at + 1)]);
  return [[text], ...two, [...text]];
}

describe("the head of a proxy's answer", () => {
  for (const end of ["\r\n\r\n", "\n\n", "\n\r\n", "\r\n\n"]) {
    it(`is read in whatever pieces, and nothing behind it: ${JSON.stringify(end)}`, async (t) => {
      const head = `HTTP/1.1 200 OK\r\nX: y${end}`;
      for (const pieces of cuts(`${head}rest\n\n`)) {
        const { result, rest } = await reading(t, pieces, (attempt, socket) =>
          readHead(attempt, socket, MOST),
        );
        assert.deepEqual([String(result), rest], [head, "rest\n\n"], JSON.stringify(pieces));
      }
    });
  }

  it("may be so long, and no longer", async (t) => {
    const headOf = (length: number): string => `${"x".repeat(length - 2)}\n\n`;
    const read = (attempt: Attempt, socket: Socket): Promise<Buffer> => readHead(attempt, socket, MOST);
    for (const pieces of cuts(`${headOf(MOST)}rest`))
      assert.equal((await reading(t, pieces, read)).rest, "rest");
    for (const pieces of cuts(`${headOf(MOST + 1)}rest`)) {
      await assert.rejects(reading(t, pieces, read), {
        message: `The proxy's answer is longer than ${MOST} bytes`,
      });
    }
    await assert.rejects(reading(t, ["x".repeat(MOST + 1)], read));
  });
});

describe("a number of bytes of a proxy's answer", () => {
  it("is read in whatever pieces, and nothing behind it", async (t) => {
    for (const pieces of cuts("0123456789")) {
      const { result, rest } = await reading(t, pieces, (attempt, socket) => readExactly(attempt, socket, 7));
      assert.deepEqual([String(result), rest], ["0123456", "789"], JSON.stringify(pieces));
    }
  });
});

describe("what a connection waits for", () => {
  it("does not come if the connection is destroyed, or was read to its end", async () => {
    const destroyed = new PassThrough();
    destroyed.destroy();
    const ended = new PassThrough({ autoDestroy: false });
    ended.resume().end();
    while (!ended.readableEnded) await setImmediate();
    for (const socket of [destroyed, ended])
      await assert.rejects(once(socket as unknown as Socket, "readable"), {
        message: "The peer closed the connection",
      });
  });
});
