import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, describe, it } from "node:test";
import { textOf } from "../../../host/testing/cassette/archive-text.ts";
import { writeCassette } from "../../../host/testing/cassette/cassette-file.ts";
import { writeEntry } from "../../../host/testing/cassette/entry-writer.ts";
import type { Har, HarEntry } from "../../../host/testing/cassette/har.ts";
import { createTestHttpBackground } from "../../../host/testing/index.ts";
import { Cassettes } from "../../support/cassettes.ts";

const cassettes = new Cassettes();
after(() => cassettes.remove());

const TOKEN = "token-of-somebody-42";
const MIB = 2 ** 20;

async function startServer(content: Buffer, headers: Record<string, string> = {}): Promise<[Server, string]> {
  const server = createServer((_, response) => void response.writeHead(200, headers).end(content));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return [server, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`];
}

/** An archive with these contents. */
function archiveOf(texts: readonly string[]): Har {
  const entries = texts.map((text): HarEntry => {
    const seen = {
      date: new Date(0),
      address: null,
      timings: { blocked: 0, wait: 0, receive: 0 },
      code: null,
    };
    const request = {
      method: "GET",
      url: "http://a.test/",
      body: Buffer.alloc(0),
      framing: null,
      thread: "t",
    };
    const entry = writeEntry({
      ...seen,
      request: { ...request, head: { headers: [] } },
      response: null,
    } as unknown as Parameters<typeof writeEntry>[0]);
    return { ...entry, response: { ...entry.response, content: { size: 1, mimeType: "text/plain", text } } };
  });
  return { log: { version: "1.2", creator: { name: "x", version: "1" }, entries } };
}

describe("a cassette with long contents", () => {
  const options = { headers: [`Authorization: Bearer ${TOKEN}`] };

  it("is written over many turns of the event loop, and replayed as it came", {
    timeout: 60_000,
  }, async () => {
    const content = randomBytes(32 * MIB);
    const [server, url] = await startServer(content);
    const http = await createTestHttpBackground(undefined, {
      cassette: { file: cassettes.path("long"), mode: "record" },
    });
    await http.http_background("default", url, options);
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns++;
      if (!isOver) setImmediate(count);
    };
    count();
    await http.close();
    isOver = true;
    server.close();
    assert.ok(turns > 10, `${turns} turns`);
    const replayed = await cassettes.use("replay", "long", (again) =>
      again.http_background("default", url, options),
    );
    assert.ok(replayed.content?.equals(content));
  });

  const middle = 3 * MIB;
  for (const [kind, headers, make] of [
    ["bytes", {}, () => randomBytes(2 * middle)],
    ["text", { "Content-Type": "text/plain" }, () => Buffer.alloc(2 * middle, 'abc"d\n')],
  ] as const) {
    it(`has no secret that is in the middle of ${kind}`, { timeout: 60_000 }, async () => {
      const content = make();
      content.write(TOKEN, middle);
      const [server, url] = await startServer(content, headers);
      await cassettes.use("record", kind, (http) => http.http_background("default", url, options));
      server.close();
      const replayed = await cassettes.use("replay", kind, (http) =>
        http.http_background("default", url, options),
      );
      assert.ok(!replayed.content?.includes(TOKEN));
      assert.ok(replayed.content?.includes("[secret]"));
      assert.ok(!(await readFile(cassettes.path(kind))).includes(TOKEN));
    });
  }

  it("has a password of long JSON hidden, whatever its value is", async () => {
    const filler = "x".repeat(2 * MIB);
    const content = Buffer.from(JSON.stringify({ filler, a: { PassWord: 123_456_789 } }));
    const [server, url] = await startServer(content, { "Content-Type": "application/json" });
    await cassettes.use("record", "json", (http) => http.http_background("default", url));
    server.close();
    const [entry] = (await cassettes.archive("json")).log.entries;
    assert.deepEqual(JSON.parse(entry?.response.content.text ?? ""), { filler, a: { PassWord: "[secret]" } });
  });

  it("is the text that JSON.stringify makes", () => {
    const long = `${"a😀".repeat(MIB)}"\\\n\u2028`;
    for (const texts of [
      [],
      ["a"],
      ["a", 'b\n"entries": []'],
      [long, "b", `x${long}`, "\ud800".repeat(MIB + 1)],
    ]) {
      const archive = archiveOf(texts);
      assert.ok([...textOf(archive)].join("") === `${JSON.stringify(archive, null, 2)}\n`, `${texts.length}`);
    }
  });

  it("is not written if its text is too long, and nothing is left", async () => {
    // In JSON, each of them has six characters.
    const archive = archiveOf(["\u0001".repeat(2 * MIB)]);
    const path = cassettes.path("controls");
    await assert.rejects(writeCassette(path, archive, 8 * MIB), {
      code: "BAD_CASSETTE",
      message: /larger than 8388608 bytes/,
    });
    assert.ok(!(await readdir(cassettes.folder)).some((name) => name.startsWith("controls")));
  });
});
