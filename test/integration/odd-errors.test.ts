import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import { after, before, describe, it } from "node:test";
import { createHttpBackground, type HttpBackground, type Result } from "../../host/index.ts";

/** What nobody expects of an error. */
const THROWN: Readonly<Record<string, () => unknown>> = {
  "an error whose message cannot be read": () => unreadable("message"),
  "an error whose code cannot be read": () => unreadable("code"),
  "an error whose message is no text": () => Object.assign(new Error(), { message: Symbol("no text") }),
  "an error that can be asked nothing": () => new Proxy(new Error(), { get: () => assert.fail("asked") }),
  "an object that is no error": () => Object.create(null),
  "a symbol": () => Symbol("no error"),
  nothing: () => undefined,
};

function unreadable(name: string): Error {
  return Object.defineProperty(new Error("said"), name, { get: () => assert.fail("read") });
}

/** Where an application can throw it, and the code of the result; none if that changes nothing. */
const PLACES: Readonly<
  Record<string, readonly [code: string | undefined, call: (call: Call, thrown: unknown) => Promise<Result>]>
> = {
  "a File": ["READ_ERROR", (call, thrown) => call(failing(thrown))],
  "a part": ["READ_ERROR", (call, thrown) => call({ part: { data: failing(thrown) } })],
  "the target of into": [
    "WRITE_ERROR",
    (call, thrown) => {
      const write = (): never => {
        throw thrown;
      };
      return call(undefined, { into: new WritableStream({ write }) });
    },
  ],
  "onProgress, at once": [
    undefined,
    (call, thrown) => {
      const onProgress = (): never => {
        throw thrown;
      };
      return call(undefined, { onProgress });
    },
  ],
  "onProgress, later": [
    undefined,
    (call, thrown) => call(undefined, { onProgress: () => Promise.reject(thrown) }),
  ],
};

type Call = (post?: object, settings?: object) => Promise<Result>;

async function* failing(thrown: unknown): AsyncGenerator<Uint8Array> {
  yield Buffer.from("begin");
  throw thrown;
}

describe("an application may throw anything:", () => {
  const server = createServer((request, response) => {
    request.resume().on("end", () => response.end("ok"));
  });
  let http: HttpBackground;
  let call: Call;
  before(async () => {
    await once(server.listen(0, "127.0.0.1"), "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    http = await createHttpBackground({ threads: [{ id: "t" }] }, { env: {} });
    call = (post, settings) => http.http_background("t", url, {}, post as never, settings as never) as never;
  });
  after(async () => {
    await http.destroy();
    server.close();
  });

  for (const [what, make] of Object.entries(THROWN)) {
    for (const [place, [code, play]] of Object.entries(PLACES)) {
      it(`${what}, by ${place}`, async () => {
        const result = await play(call, make());
        assert.equal(result.code, code);
        if (code === undefined) assert.equal(result.status, 200);
        else assert.equal(typeof (result.cause?.message ?? ""), "string");
      });
    }
  }

  it("what is said is told nevertheless", async () => {
    const { cause } = await call(failing(unreadable("code")));
    assert.equal(cause?.message, "said");
    assert.equal(cause?.code, undefined);
  });

  it("an error of the target of a Writable, too", async () => {
    const into = new Writable({ write: (_piece, _encoding, done) => done(Object.create(null)) });
    assert.equal((await call(undefined, { into })).code, "WRITE_ERROR");
  });
});
