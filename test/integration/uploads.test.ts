import assert from "node:assert/strict";
import { Blob } from "node:buffer";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { after, before, describe, it } from "node:test";
import { createHttpBackground, type FileLike, type HttpBackground, type Part } from "../../host/index.ts";
import { patternBytes } from "../support/bytes.ts";
import { FILE_MAKERS, TemporaryFiles } from "../support/files.ts";
import { headerOf, type RawRequest } from "../support/raw-request.ts";
import { referenceBase64, referenceQuotedPrintable } from "../support/reference.ts";
import { OK, type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";

const BYTES = patternBytes(200_000);

const ENCODERS: [name: string, encode: (bytes: Buffer) => Buffer | string, isSized: boolean][] = [
  ["binary", (bytes) => bytes, true],
  ["base64", (bytes) => referenceBase64(bytes, 76, "\r\n", false), true],
  ["quoted-printable", referenceQuotedPrintable, false],
];

/** The body of a request, with B instead of its boundary. */
function bodyOf(request: RawRequest): string {
  const boundary = headerOf(request, "content-type")?.split("boundary=")[1] ?? "";
  return request.body.toString("latin1").replaceAll(boundary, "B");
}

function partBody(headers: string, content: Buffer | string): string {
  const text = typeof content === "string" ? content : content.toString("latin1");
  return `--B\r\nContent-Disposition: form-data; name="f"${headers}\r\n\r\n${text}\r\n`;
}

describe("uploads", () => {
  let files: TemporaryFiles;
  let server: ScriptedServer;
  let plugin: HttpBackground;
  before(async () => {
    files = await TemporaryFiles.create();
    plugin = await createHttpBackground({ threads: [{ id: "default" }] }, { env: {} });
  });
  after(async () => {
    await plugin.close();
    await server.close();
    await files[Symbol.asyncDispose]();
  });

  /** Makes a call with its own server. Returns the result, and what the server has seen. */
  async function call(post: FileLike | Record<string, Part> | Part[] | string, options = {}, script = [OK]) {
    await server?.close();
    server = await startScriptedServer(script);
    const result = await plugin.http_background("default", server.base, options, post);
    return { result, requests: server.requests };
  }

  for (const { name, make, knowsSize } of FILE_MAKERS) {
    it(`posts ${name}, untouched and in base64`, async () => {
      for (const encoder of ["", "base64"]) {
        const { result, requests } = await call(await make(BYTES, files), { encoder });
        assert.equal(result.status, 200);
        assert.equal(requests[0]?.framing, "chunked");
        const expected = encoder === "" ? BYTES : Buffer.from(referenceBase64(BYTES, 64, "\n", true));
        assert.deepEqual(requests[0]?.body, expected);
      }
    });

    it(`sends ${name} as a part, through every encoder`, async () => {
      for (const [encoder, encode, isSized] of ENCODERS) {
        const { result, requests } = await call({ f: { data: await make(BYTES, files), encoder } });
        assert.equal(result.status, 200);
        assert.equal(requests[0]?.framing, knowsSize && isSized ? "length" : "chunked");
        const headers = `\r\nContent-Transfer-Encoding: ${encoder}`;
        assert.equal(bodyOf(requests[0] as RawRequest), `${partBody(headers, encode(BYTES))}--B--\r\n`);
      }
    });
  }

  it("sends strings of every size as parts, through every encoder", async () => {
    for (const length of [0, 1, 4096, 4097, 70_000]) {
      const text = "å=\r\n ".repeat(length).slice(0, length);
      for (const [encoder, encode] of ENCODERS) {
        for (const data of [text, Buffer.from(text)]) {
          const { requests } = await call({ f: { data, encoder } });
          const headers = `\r\nContent-Transfer-Encoding: ${encoder}`;
          const expected = `${partBody(headers, encode(Buffer.from(text)))}--B--\r\n`;
          assert.equal(bodyOf(requests[0] as RawRequest), expected);
        }
      }
    }
  });

  it("sends one File in two parts", async () => {
    for (const data of [new Blob([BYTES]), await files.handle(BYTES)]) {
      const { requests } = await call([{ data }, { data, encoder: "base64" }]);
      assert.equal(requests[0]?.framing, "length");
      assert.ok(requests[0].body.includes(BYTES));
      assert.ok(requests[0].body.includes(referenceBase64(BYTES, 76, "\r\n", false)));
    }
    const data = Readable.from([BYTES]);
    const { result } = await call([{ data }, { data }]);
    assert.deepEqual(result.code, "READ_ERROR");
  });

  it("sends a body again for a redirect if all of it can be read again, with the same boundary", async () => {
    const redirect = { send: "HTTP/1.1 307 X\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n" };
    for (const { make, isReplayable } of FILE_MAKERS) {
      const parts = { f: { data: await make(BYTES, files), encoder: "quoted-printable" } };
      const { result, requests } = await call(parts, { redirects: 1 }, [redirect, OK]);
      if (isReplayable) {
        assert.equal(result.status, 200);
        assert.equal(requests.length, 2);
        assert.deepEqual(requests[1]?.body, requests[0]?.body);
      } else {
        assert.equal(result.code, "SEND_FAIL_REWIND");
      }
    }
  });

  it("fails, and uses its connection no more, when a source gives more bytes than it promised", async () => {
    const stream = createReadStream(await files.write(BYTES));
    stream.push(Buffer.from("more, in front of the rest"));
    const { result, requests } = await call({ f: { data: stream } });
    assert.equal(result.code, "READ_ERROR");
    assert.equal(result.error, "Failed to open/read local data from file/application");
    assert.equal(requests.length, 0);
    const next = await plugin.http_background("default", server.base);
    assert.equal(next.status, 200);
    assert.equal(server.connections.accepted, 2);
  });

  it("fails at an 8-bit byte in a 7bit part, after what precedes it", async () => {
    const data = Buffer.concat([Buffer.alloc(100_000, "a"), Buffer.from([0x80]), Buffer.alloc(100, "b")]);
    for (const source of [data, new Blob([data])]) {
      const { result } = await call({ f: { data: source, encoder: "7bit" } });
      assert.equal(result.code, "READ_ERROR");
    }
    const { result } = await call({ f: { data: "caf\u00e9", encoder: "7bit" } });
    assert.equal(result.code, "READ_ERROR");
  });

  it("destroys a stream that it did not read to its end", async () => {
    const endless = new Readable({
      read() {
        this.push(Buffer.alloc(10_000));
      },
    });
    const signal = AbortSignal.timeout(100);
    const result = await plugin.http_background("default", server.base, {}, endless, { signal });
    assert.equal(result.code, "ABORTED_BY_CALLBACK");
    assert.ok(endless.destroyed);
    const unsent = Readable.from([BYTES]);
    const failed = await plugin.http_background("default", "http://127.0.0.1:1/", {}, unsent);
    assert.equal(failed.code, "COULDNT_CONNECT");
    assert.ok(unsent.destroyed);
  });
});
