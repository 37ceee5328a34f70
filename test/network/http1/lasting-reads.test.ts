import assert from "node:assert/strict";
import { once } from "node:events";
import { Duplex } from "node:stream";
import { describe, it } from "node:test";
import { keepReading } from "../../../host/network/http1/lasting-reads.ts";

function failing(code: string, extra: { writev?: boolean } = {}): Duplex {
  const fail = (done: (error: Error) => void): void => done(Object.assign(new Error(code), { code }));
  return new Duplex({
    read() {},
    write: (_chunk, _encoding, done) => fail(done),
    ...(extra.writev ? { writev: (_chunks, done) => fail(done) } : {}),
  });
}

describe("a socket whose peer is gone", () => {
  for (const writev of [false, true]) {
    it(`still gives what the peer had sent, writing ${writev ? "many pieces" : "one piece"}`, async () => {
      for (const code of ["EPIPE", "ECONNRESET", "ECONNABORTED"]) {
        const socket = failing(code, { writev });
        const seen: unknown[] = [];
        keepReading(socket, (error) => seen.push(Object.assign(error).code));
        socket.cork();
        socket.write("x");
        if (writev) socket.write("y");
        socket.uncork();
        socket.push("answer");
        socket.push(null);
        socket.on("data", (chunk) => seen.push(String(chunk)));
        await once(socket, "end");
        assert.deepEqual(seen, [code, "answer"]);
        assert.equal(socket.destroyed, false);
        socket.destroy();
        await once(socket, "close");
      }
    });
  }

  it("fails at once where something else is wrong", async () => {
    const socket = failing("ENOBUFS");
    keepReading(socket, () => assert.fail("the peer is there"));
    socket.write("x");
    const [error] = await once(socket, "error");
    assert.equal(error.code, "ENOBUFS");
    assert.equal(socket.destroyed, true);
  });

  it("writes as before while the peer is there", async () => {
    const written: string[] = [];
    const socket = new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        written.push(String(chunk));
        setImmediate(done);
      },
    });
    keepReading(socket, () => assert.fail("the peer is there"));
    for (const text of ["a", "b", "c"]) socket.write(text);
    socket.end();
    await once(socket, "finish");
    assert.deepEqual(written, ["a", "b", "c"]);
    socket.destroy();
  });
});
