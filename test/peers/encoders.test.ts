import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as fc from "fast-check";
import { ENCODER_BASE64_FILE, ENCODER_QUOTED_PRINTABLE } from "../../assembly/abi.ts";
import { mixedBytes, patternBytes } from "../support/bytes.ts";
import { ENCODINGS } from "../support/encoding.ts";
import { hasCommand, runFilter } from "../support/peers.ts";

const SEED = Number(process.env.SEED ?? Date.now() % 0x7fffffff);
const BODIES = [
  Buffer.alloc(0),
  patternBytes(100_000),
  ...fc.sample(mixedBytes, { seed: SEED, numRuns: 300 }),
];
/** Number of parts in one request of curl. */
const PARTS = 50;

describe(`encoders against their peers (SEED=${SEED})`, () => {
  const folder = mkdtempSync(join(tmpdir(), "encoders-"));
  let server: Server;
  let received: Buffer;

  before(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        received = Buffer.concat(chunks);
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });

  after(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  /** The bodies of the parts that curl makes from these bodies. */
  async function curlParts(encoder: string, bodies: Buffer[]): Promise<Buffer[]> {
    const forms = bodies.flatMap((body, index) => {
      const path = join(folder, `${index}.bin`);
      writeFileSync(path, body);
      return ["-F", `f=@${path};encoder=${encoder}`];
    });
    const { port } = server.address() as AddressInfo;
    const args = ["-q", "-sS", "--noproxy", "*", "-H", "Expect:", ...forms, `http://127.0.0.1:${port}/`];
    const curl = spawn("curl", args, { stdio: ["ignore", "ignore", "inherit"] });
    const status = await new Promise((resolve) => curl.on("close", resolve));
    assert.equal(status, 0);
    const text = received.toString("latin1");
    const boundary = text.slice(0, text.indexOf("\r\n"));
    return text
      .split(boundary)
      .slice(1, -1)
      .map((part) => Buffer.from(part.slice(part.indexOf("\r\n\r\n") + 4, -2), "latin1"));
  }

  for (const name of ["base64", "quoted-printable", "7bit"]) {
    it(`encodes as curl does: ${name}`, { skip: !hasCommand("curl", "--version") }, async () => {
      const suitable = name === "7bit" ? BODIES.filter((body) => body.every((byte) => byte < 128)) : BODIES;
      for (let start = 0; start < suitable.length; start += PARTS) {
        const bodies = suitable.slice(start, start + PARTS);
        const parts = await curlParts(name, bodies);
        for (const [variant, encoding] of ENCODINGS) {
          const encoder = encoding.exports.encoderNumber(encoding.find(name));
          const encoded = bodies.map((body) => encoding.encode(encoder, body).bytes);
          assert.deepEqual(encoded, parts, variant);
        }
      }
    });
  }

  it("encodes as OpenSSL does: 64 columns", { skip: !hasCommand("openssl", "version") }, () => {
    for (const body of BODIES.slice(0, 40)) {
      const expected = runFilter("openssl", ["base64", "-e"], body);
      for (const [variant, encoding] of ENCODINGS) {
        assert.deepEqual(encoding.encode(ENCODER_BASE64_FILE, body).bytes, expected, variant);
      }
    }
  });

  it("is decoded by Python: quoted-printable", { skip: !hasCommand("python3", "--version") }, () => {
    const decode =
      "import quopri, sys\nfor line in sys.stdin: print(quopri.decodestring(bytes.fromhex(line)).hex())";
    for (const [variant, encoding] of ENCODINGS) {
      const encoded = BODIES.map((body) => encoding.encode(ENCODER_QUOTED_PRINTABLE, body).bytes);
      const input = Buffer.from(encoded.map((bytes) => `${bytes.toString("hex")}\n`).join(""));
      const decoded = runFilter("python3", ["-IS", "-c", decode], input).toString();
      assert.equal(decoded, BODIES.map((body) => `${body.toString("hex")}\n`).join(""), variant);
    }
  });
});
