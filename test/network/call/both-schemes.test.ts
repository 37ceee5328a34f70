import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { Network } from "../../../host/network/network.ts";
import { certificates } from "../../support/certificates.ts";
import { listen } from "../../support/listener.ts";
import { plainOutcome, transferTo } from "../../support/transfers.ts";

const TLS_HANDSHAKE = 0x16;

/**
 * A server for both schemes on one port. It answers `/first` with a redirect to the other scheme, and remembers all
 * requests.
 */
async function startBoth(t: TestContext): Promise<{ port: number; requests: string[] }> {
  const requests: string[] = [];
  const serve = (scheme: string) => (socket: Socket) => {
    socket
      .on("error", () => {})
      .on("data", (bytes) => {
        requests.push(`${scheme} ${bytes.toString("latin1")}`);
        const other = scheme === "http" ? "https" : "http";
        const location = `Location: ${other}://localhost:${listener.port}/second`;
        const head = bytes.toString("latin1").startsWith("GET /first") ? `302 X\r\n${location}` : "200 OK";
        socket.write(`HTTP/1.1 ${head}\r\nContent-Length: 0\r\n\r\n`);
      });
  };
  const secure = createTlsServer(certificates().good, serve("https"));
  const listener = await listen(t, (socket) => {
    socket.once("readable", () => {
      const first: Buffer | null = socket.read();
      if (first === null) return;
      socket.unshift(first);
      if (first[0] === TLS_HANDSHAKE) secure.emit("connection", socket);
      else serve("http")(socket);
    });
  });
  return { port: listener.port, requests };
}

describe("a redirect to the same host and port with the other scheme", () => {
  for (const scheme of ["https", "http"]) {
    it(`takes no secrets along from ${scheme}`, async (t) => {
      const { port, requests } = await startBoth(t);
      const ca = certificates().authority.cert;
      const network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], { env: {}, ca });
      t.after(() => network.destroy());
      const secrets = [
        { url: `${scheme}://user:secret@localhost:${port}/first`, headers: ["Cookie: a=secret"] },
        { url: `${scheme}://localhost:${port}/first`, headers: ["Authorization: secret"] },
        { url: `${scheme}://localhost:${port}/first`, username: "user", password: "secret" },
      ];
      for (const changes of secrets) {
        requests.length = 0;
        const outcome = await network.perform(transferTo(changes.url, { redirects: 1, ...changes }));
        assert.deepEqual(plainOutcome(outcome), { status: 200, content: "" });
        const [first = "", second = ""] = requests;
        assert.match(first, /^Authorization: /m);
        assert.ok(second.includes("GET /second") && !second.startsWith(`${scheme} `));
        assert.doesNotMatch(second, /^(?:Authorization|Cookie):/im);
      }
    });
  }
});
