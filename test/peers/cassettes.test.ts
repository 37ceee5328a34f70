import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { moduleUrl } from "../../host/package-root.ts";
import { Cassettes } from "../support/cassettes.ts";
import { findPeers } from "../support/peer-servers.ts";

const PROCESS = fileURLToPath(moduleUrl(new URL("../support/replay-process.js", import.meta.url)));

interface Seen {
  readonly path: string;
  readonly status?: number;
  readonly text?: string;
}

describe("a cassette of httpbin", () => {
  const base = `http://127.0.0.1:${findPeers().ports.httpbin}`;
  const cassettes = new Cassettes();
  after(() => cassettes.remove());

  const run = async (command: readonly string[], mode: string): Promise<Seen[]> => {
    const [program = "", ...args] = [
      ...command,
      process.execPath,
      PROCESS,
      mode,
      cassettes.path("httpbin"),
      base,
    ];
    const { stdout } = await promisify(execFile)(program, args, { maxBuffer: 1 << 26 });
    return JSON.parse(stdout);
  };

  it("replays where there is no network at all, without what was secret", async () => {
    const recorded = await run([], "record");
    assert.deepEqual(
      recorded.map(({ status }) => status),
      [200, 200, 200, 200, undefined, 418, 200, 200, 200, 302, 200, 200, 200, 200, 200, 200],
    );
    const text = await cassettes.text("httpbin");
    for (const secret of ["a-secret-cookie", "a-secret-password", "a-secret-token"]) {
      assert.ok(JSON.stringify(recorded).includes(secret) || secret === "a-secret-cookie");
      assert.ok(!text.includes(secret), secret);
    }
    const replayed = await run(["unshare", "--net"], "replay");
    for (const [index, { path, text: seen, ...rest }] of recorded.entries()) {
      const { text: came, ...others } = replayed[index] as Seen;
      const hidden = seen?.replaceAll("Bearer a-secret-token", "[secret]");
      // Compressed content is compressed anew.
      const isCompressed = path === "/gzip" || path === "/brotli";
      if (!isCompressed) assert.equal(came, hidden, path);
      if (!isCompressed && hidden === seen && !path.includes("secret"))
        assert.deepEqual(others, { path, ...rest });
    }
  });
});
