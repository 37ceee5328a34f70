import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PreludeEngine } from "../../../support/javascript/prelude-engine.ts";

describe("http_background of scripts in JavaScript", () => {
  it("gives a status and a content, which is text, bytes and JSON", async () => {
    using engine = await PreludeEngine.start({
      answer: () => ({
        status: 201,
        content: '{"name":"Grüße"}',
        headers: ["X-A", "1", "x-a", "2"],
        url: "http://a/b",
      }),
    });
    const result = engine.run(`
      const { http_background } = guest;
      const reply = await http_background("default", "http://a/", { timeout: 5 });
      const { content } = reply;
      return [
        reply.status, Object.keys(reply), content.length, \`\${content}\`, JSON.parse(content).name, "" + content,
        [...content.bytes.subarray(0, 2)], [...content].length, content.bytes === content.bytes,
        reply.headers.get("X-A"), reply.headers.getAll("x-A"), reply.url, JSON.stringify(reply),
      ];
    `);
    assert.deepEqual(result, [
      201,
      ["status", "content"],
      18,
      '{"name":"Grüße"}',
      "Grüße",
      '{"name":"Grüße"}',
      [123, 34],
      18,
      true,
      "1, 2",
      ["1", "2"],
      "http://a/b",
      '{"status":201,"content":"{\\"name\\":\\"Grüße\\"}"}',
    ]);
    assert.deepEqual(engine.host.asked, [["default", "http://a/", { timeout: 5 }]]);
  });
});
