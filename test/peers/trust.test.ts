import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { certificates } from "../support/certificates.ts";
import { listen } from "../support/listener.ts";
import { trustTable } from "../support/trust-table.ts";
import { differences } from "../support/twins.ts";

const ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

describe("curl and we agree", () => {
  it("which certificates are trusted", async (t) => {
    for (const { what, ca, cert, key } of trustTable()) {
      const tls = { cert, key, ciphers: "DEFAULT@SECLEVEL=0" };
      const { port } = await listen(t, (socket) => socket.on("data", () => socket.end(ANSWER)), { tls });
      const { certPath } = certificates().issue({});
      writeFileSync(certPath, ca);
      const url = `https://localhost:${port}/`;
      const call = { what, url, options: { proxy: "" }, ends: true };
      assert.deepEqual(await differences([call], { authority: { cert: ca, certPath } }), []);
    }
  });
});
