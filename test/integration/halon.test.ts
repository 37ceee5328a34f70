import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type CallOptions, createHttpBackground, type HttpBackground, type Post } from "../../host/index.ts";
import { readText } from "../support/root.ts";
import { type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";

const ANSWERS = {
  "/whitelist": "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nwhitelist",
  "/json": 'HTTP/1.1 404 No\r\nContent-Length: 7\r\n\r\n{"a":1}',
};

describe("what docs/halon.md says", () => {
  let server: ScriptedServer;
  let http: HttpBackground;
  before(async () => {
    server = await startScriptedServer(Object.values(ANSWERS).map((send) => ({ send })));
    // A limit in quotes, as in an smtpd.yaml.
    http = await createHttpBackground({ threads: [{ id: "default", max_total: "100" }] });
  });
  after(async () => {
    await http.close();
    await server.close();
  });

  const call = (path: string, options: CallOptions = {}, post?: Post) =>
    http.http_background("default", server.base + path, options, post);
  const sent = async (options: CallOptions, post: unknown): Promise<string> => {
    await call("/", options, post as Post);
    return server.requests.at(-1)?.raw.toString() ?? "";
  };
  const namesIn = (request: string): string[] =>
    [...request.matchAll(/ name="(.*?)"/g)].map(([, name = ""]) => name);

  it("has ten rows side by side", () => {
    const [, table = ""] = readText("docs/halon.md").split("## Side by side");
    assert.equal(table.split("\n## ", 1)[0]?.match(/^\| /gm)?.length, 10 + 2);
  });

  it("content is bytes, and any status is an answer", async () => {
    const listed = await call("/whitelist");
    assert.equal((listed.content as unknown) === "whitelist", false);
    assert.equal(listed.content?.toString() === "whitelist", true);
    const missing = await call("/json");
    assert.deepEqual([missing.code, missing.status], [undefined, 404]);
    assert.deepEqual(JSON.parse(missing.content?.toString() ?? ""), { a: 1 });
  });

  it("fields that look like whole numbers come first in an object, and a Map keeps their order", async () => {
    const part = { data: "x" };
    const names = ["b", "10", "2"];
    const object = Object.fromEntries(names.map((name) => [name, part]));
    assert.deepEqual(namesIn(await sent({}, object)), ["2", "10", "b"]);
    assert.deepEqual(namesIn(await sent({}, new Map(names.map((name) => [name, part])))), names);
  });

  it("of an object as headers the values count", async () => {
    assert.match(await sent({ headers: { a: "X-A: 1" } as never }, "x"), /\r\nX-A: 1\r\n/);
    assert.doesNotMatch(await sent({ headers: { "X-A": "1" } as never }, "x"), /X-A/);
  });

  it("a web form, parts and a File are sent as such", async () => {
    assert.match(
      await sent({}, new URLSearchParams({ a: "1 2" }).toString()),
      /\r\nContent-Type: application\/x-www-form-urlencoded\r\n(?:.*\r\n)*\r\na=1\+2$/,
    );
    assert.match(await sent({}, { a: { data: "1" } }), /multipart\/form-data/);
    assert.match(await sent({}, new Blob(["ab"])), /\r\ntransfer-encoding: chunked\r\n/);
    assert.match(
      await sent({ headers: ["Content-Length: 2"] }, new Blob(["ab"])),
      /content-length: 2\r\n\r\nab$/,
    );
  });

  it("null and text for a number throw, and undefined does not", async () => {
    for (const timeout of [null, "5", Number("none")]) {
      await assert.rejects(sent({ timeout: timeout as never }, "x"), {
        code: "BAD_OPTION",
        option: "timeout",
      });
    }
    assert.match(await sent({ timeout: undefined }, "x"), /^POST /);
  });
});
