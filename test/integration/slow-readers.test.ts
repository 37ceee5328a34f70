import assert from "node:assert/strict";
import { Blob } from "node:buffer";
import { createHash, type Hash } from "node:crypto";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { getDefaultHighWaterMark, setDefaultHighWaterMark } from "node:stream";
import { after, before, describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { createHttpBackground, type FileLike } from "../../host/index.ts";
import { patternBytes } from "../support/bytes.ts";
import { Certificates } from "../support/certificates.ts";
import { TemporaryFiles } from "../support/files.ts";
import { referenceBase64, referenceQuotedPrintable } from "../support/reference.ts";

const BYTES = patternBytes(3_000_000);

const ENCODERS: [name: string, expected: Buffer | string][] = [
  ["binary", BYTES],
  ["base64", referenceBase64(BYTES, 76, "\r\n", false)],
  ["quoted-printable", referenceQuotedPrintable(BYTES)],
];

/** Answers with the digest of the part that it gets. It reads the part slowly, in small pieces. */
const digest: RequestListener = async (request, response) => {
  const { "content-type": type = "" } = request.headers;
  response.end(await readInSips(request, createHash("sha256"), type.split("boundary=")[1]?.length ?? 0));
};

async function readInSips(request: IncomingMessage, hash: Hash, boundaryLength: number): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
    for (let i = 0; i < 3; i++) await turn();
  }
  const body = Buffer.concat(chunks);
  const start = body.indexOf("\r\n\r\n") + 4;
  // CRLF, two dashes, the boundary, two dashes, CRLF.
  return hash.update(body.subarray(start, body.length - boundaryLength - 8)).digest("hex");
}

describe("a large File for a server that reads slowly", () => {
  const certificates = new Certificates();
  const { cert, key } = certificates.good;
  const plain = createServer(digest).listen(0, "127.0.0.1");
  const secure = createTlsServer({ cert, key }, digest).listen(0, "127.0.0.1");
  const highWaterMark = getDefaultHighWaterMark(false);
  let files: TemporaryFiles;

  before(async () => {
    files = await TemporaryFiles.create();
  });
  after(async () => {
    setDefaultHighWaterMark(false, highWaterMark);
    plain.close();
    secure.close();
    await files[Symbol.asyncDispose]();
  });

  for (const [scheme, server] of [
    ["http", plain],
    ["https", secure],
  ] as const) {
    // Below the high-water mark of a stream, several chunks are written at the same time.
    for (const mark of [highWaterMark, 1_000_000]) {
      it(`arrives as it is, by ${scheme}, with a high-water mark of ${mark}`, async () => {
        setDefaultHighWaterMark(false, mark);
        // A new network, because connections keep the mark with which they were made.
        const options = { env: {}, ca: certificates.authority.cert };
        await using plugin = await createHttpBackground({ threads: [{ id: "default" }] }, options);
        const url = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/`;
        const expected = ENCODERS.map(([, content]) => createHash("sha256").update(content).digest("hex"));
        const calls = [await files.handle(BYTES), new Blob([BYTES])].map(async (data: FileLike) => {
          const results = ENCODERS.map(([encoder]) =>
            plugin.http_background("default", url, {}, { f: { data, encoder } }),
          );
          assert.deepEqual(
            (await Promise.all(results)).map(({ content, error }) => error ?? `${content}`),
            expected,
          );
        });
        await Promise.all(calls);
      });
    }
  }
});
