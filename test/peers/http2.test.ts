import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { certificates } from "../support/certificates.ts";
import { startFrameServer } from "../support/frame-server.ts";
import { ENDINGS, type EndingCase } from "../support/http2-endings.ts";

const { CURL: COMMAND = "curl" } = process.env;
/** The exit codes in the table are of this version. Others end some of them in another way. */
const VERSION = "7.88.1";
const EXIT_CODES: Readonly<Record<string, number>> = {
  PARTIAL_FILE: 18,
  RECV_ERROR: 56,
  HTTP2: 16,
  HTTP2_STREAM: 92,
};
const WAIT_S = "5";

const version = execFileSync(COMMAND, ["--version"], { encoding: "utf8" }).split(" ", 2)[1];

/** What curl makes of an ending, if nothing else is known: the same as we. */
function expectedOf({ ours, curl }: EndingCase): (number | undefined)[] {
  return [curl ?? ("code" in ours ? EXIT_CODES[ours.code] : 0)].flat();
}

describe("an exchange over HTTP/2 ends as the curl command's", {
  skip: version !== VERSION,
  concurrency: 4,
}, () => {
  for (const ending of ENDINGS) {
    it(`with ${ending.what}`, async (t) => {
      const server = await startFrameServer(t, ending.script);
      const { certPath } = certificates().authority;
      const args = [
        "-q",
        "-s",
        "--http2",
        "--cacert",
        certPath,
        "-m",
        WAIT_S,
        "-o",
        "/dev/null",
        server.base,
      ];
      const [code] = await once(spawn(COMMAND, args, { stdio: "ignore" }), "close");
      const expected = expectedOf(ending);
      assert.ok(expected.includes(code as number), `${code} instead of ${expected}`);
    });
  }
});
