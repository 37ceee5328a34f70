import assert from "node:assert/strict";
import { openAsBlob } from "node:fs";
import { after, before, describe, it } from "node:test";
import { createHttpBackground, type HttpBackground, type Post } from "../../host/index.ts";
import { headerOf, type RawRequest } from "../support/raw-request.ts";
import { ROOT } from "../support/root.ts";
import { type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";

const BOUNDARY = /boundary=(.+)$/;

/** A form with everything that browsers escape or change. */
function makeForm(): FormData {
  const form = new FormData();
  form.append("a", "1\n2\r3\r\n4");
  form.append('q"\r\né', "ü");
  form.append("a", "again");
  form.append("f", new File(["one\ntwo"], 'n"\n.txt', { type: "text/x" }));
  form.append("f", new Blob([new Uint8Array([0, 255])]));
  form.append("", "");
  return form;
}

describe("a post in the forms of the web platform", () => {
  let server: ScriptedServer;
  let http: HttpBackground;
  before(async () => {
    server = await startScriptedServer();
    http = await createHttpBackground({ threads: [{ id: "t" }] });
  });
  after(async () => {
    await http.close();
    await server.close();
  });

  async function post(value: Post, headers: string[] = []): Promise<RawRequest> {
    const result = await http.http_background("t", new URL(`${server.base}/p?q#f`), { headers }, value);
    assert.equal(result.status, 200, result.error);
    return server.requests.at(-1) as RawRequest;
  }

  /** The body with its boundary as "B". */
  function bodyOf(request: { body: Buffer }, type: string): string {
    const [, boundary = ""] = BOUNDARY.exec(type) ?? [];
    assert.ok(boundary.length > 0, type);
    return request.body.toString("latin1").replaceAll(boundary, "B");
  }

  it("sends what is in a form or a query, whatever a class of the caller's says", async () => {
    const form = Object.assign(new FormData(), {
      *[Symbol.iterator]() {
        for (;;) yield ["x", "y"];
      },
    });
    form.append("a", "1");
    const { body } = await post(form);
    assert.ok(body.includes('name="a"') && !body.includes('name="x"'));
    class OddQuery extends URLSearchParams {
      override toString(): string {
        throw new Error("it is called");
      }
    }
    assert.equal(String((await post(new OddQuery("a=1"))).body), "a=1");
  });

  it("reads no more of a form than it takes to refuse it", async () => {
    const form = new FormData();
    for (let count = 0; count < 20_000; count++) form.append("a", "1");
    let reads = 0;
    const entries = FormData.prototype.entries;
    FormData.prototype.entries = function* (this: FormData) {
      for (const entry of Reflect.apply(entries, this, []) as ReturnType<typeof entries>) {
        reads++;
        yield entry;
      }
    } as typeof entries;
    try {
      assert.equal((await http.http_background("t", server.base, {}, form)).code, "OUT_OF_MEMORY");
      assert.equal(reads, 10_001);
    } finally {
      FormData.prototype.entries = entries;
    }
  });

  for (const [about, make] of [
    ["with names twice, Files and line ends", makeForm],
    ["that is empty", () => new FormData()],
  ] as const) {
    it(`sends a FormData ${about} as Node's fetch does`, async () => {
      const request = await post(make());
      const reference = new Response(make());
      const expected = { body: Buffer.from(await reference.arrayBuffer()) };
      const type = headerOf(request, "content-type") ?? "";
      assert.match(type, /^multipart\/form-data; boundary=/);
      // Some versions of Node end the last line with CR and LF, as we do; others do not.
      const [own, theirs] = [
        bodyOf(request, type),
        bodyOf(expected, reference.headers.get("content-type") ?? ""),
      ].map((body) => body.trimEnd());
      assert.equal(own, theirs);
      assert.equal(request.framing, "length");
    });
  }

  it("streams a file of a FormData", async () => {
    const form = new FormData();
    form.append("f", await openAsBlob(`${ROOT}/package.json`), "package.json");
    const { body } = await post(form);
    const text = body.toString();
    assert.ok(
      text.includes('name="f"; filename="package.json"\r\nContent-Type: application/octet-stream\r\n\r\n{'),
    );
  });

  it("sends URLSearchParams as a form, with its type", async () => {
    const request = await post(new URLSearchParams({ "a b": "ü&", c: "1" }));
    assert.equal(request.body.toString(), "a+b=%C3%BC%26&c=1");
    assert.equal(headerOf(request, "content-type"), "application/x-www-form-urlencoded");
    assert.equal(headerOf(await post(new URLSearchParams(), ["Content-Type: x/y"]), "content-type"), "x/y");
  });

  it("takes a URL as the url", async () => {
    const { target } = await post("x");
    assert.equal(target, "/p?q");
  });
});
