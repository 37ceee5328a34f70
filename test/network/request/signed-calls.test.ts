import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createHttpBackground, type HttpBackground } from "../../../host/index.ts";
import { headerOf } from "../../support/raw-request.ts";
import { startScriptedServer } from "../../support/scripted-server.ts";

const SIGNED = { aws_sigv4: "aws:amz:eu-north-1:s3", username: "AKID", password: "secret", redirects: 5 };

describe("signed calls", () => {
  let plugin: HttpBackground;
  before(async () => {
    plugin = await createHttpBackground({ threads: [{ id: "default" }] }, { env: {} });
  });
  after(() => plugin.destroy());

  it("are signed again for each hop of their origin, and for no other origin", async () => {
    const other = await startScriptedServer();
    const elsewhere = { send: `HTTP/1.1 302 F\r\nLocation: ${other.base}/c\r\nContent-Length: 0\r\n\r\n` };
    const next = { send: "HTTP/1.1 307 T\r\nLocation: /b?x=1\r\nContent-Length: 0\r\n\r\n" };
    const server = await startScriptedServer([next, elsewhere]);
    try {
      const { status } = await plugin.http_background("default", `${server.base}/a`, SIGNED, "a=b");
      assert.equal(status, 200);
      const [first, second] = server.requests.map((request) => headerOf(request, "authorization") ?? "");
      const scope = /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-north-1\/s3\/aws4_request, /;
      assert.match(first ?? "", scope);
      assert.match(second ?? "", scope);
      assert.notEqual(first, second);
      const [third] = other.requests;
      assert.ok(third !== undefined && headerOf(third, "authorization") === undefined);
      assert.equal(headerOf(third, "x-amz-date"), undefined);
    } finally {
      await Promise.all([server.close(), other.close()]);
    }
  });

  it("sign a body of any length by its bytes, and leave one that is streamed unsigned", async () => {
    const server = await startScriptedServer();
    try {
      for (const [post, hash] of [
        ["x".repeat(10_000), "e4ee97ec252749d2096447e849628d0d7734f51700416eefbb33574bf0b3ee75"],
        [new Blob(["x"]), "UNSIGNED-PAYLOAD"],
      ] as const) {
        await plugin.http_background("default", server.base, SIGNED, post);
        const request = server.requests.at(-1);
        assert.equal(request && headerOf(request, "x-amz-content-sha256"), hash);
      }
    } finally {
      await server.close();
    }
  });

  it("have an Authorization of the caller's own instead", async () => {
    const server = await startScriptedServer();
    try {
      const options = { ...SIGNED, headers: ["Authorization: Bearer x"] };
      await plugin.http_background("default", server.base, options);
      const [request] = server.requests;
      assert.equal(request && headerOf(request, "authorization"), "Bearer x");
      assert.equal(request && headerOf(request, "x-amz-date"), undefined);
    } finally {
      await server.close();
    }
  });
});
