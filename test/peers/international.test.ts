import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { INTERNATIONAL_NAMES, MALFORMED_NAMES } from "../support/international-names.ts";
import { listen } from "../support/listener.ts";
import { differences } from "../support/twins.ts";

describe("curl and we agree", () => {
  it("what an international name is, as a proxy sees it", async (t) => {
    const { port } = await listen(t, (socket) => {
      socket.once("data", (head) => {
        const host = /^Host: ([^\r]*)/im.exec(head.toString("latin1"))?.[1] ?? "";
        socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${host.length}\r\n\r\n${host}`);
      });
    });
    const names = [...Object.keys(INTERNATIONAL_NAMES), ...MALFORMED_NAMES];
    const calls = names.map((name) => {
      return { url: `http://${name}/`, options: { proxy: `http://127.0.0.1:${port}` }, ends: true };
    });
    assert.deepEqual(await differences(calls), []);
    t.diagnostic(`${calls.length} calls came out as curl's did`);
  });
});
