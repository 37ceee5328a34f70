import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { certificates } from "../support/certificates.ts";
import { type CliOutcome, runCli } from "../support/run-cli.ts";

describe("whom the command line trusts", () => {
  const { good, authority, selfSigned } = certificates();
  const refused = {
    error: "SSL peer certificate or SSH remote key was not OK",
    code: "PEER_FAILED_VERIFICATION",
  };
  let server: Server;
  let url: string;

  before(async () => {
    server = createServer({ cert: good.cert, key: good.key }, (_, response) => response.end("ok"));
    await once(server.listen(0, "127.0.0.1"), "listening");
    url = `https://localhost:${(server.address() as AddressInfo).port}/`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const call = async (
    args: string[],
    env: Record<string, string> = {},
  ): Promise<CliOutcome & { json: unknown }> => {
    const outcome = await runCli(["call", "t", url, ...args], "", env);
    return { ...outcome, json: outcome.code === 2 ? null : JSON.parse(outcome.stdout.toString()) };
  };

  it("is what --cacert says, and nobody else", async () => {
    assert.deepEqual((await call(["--cacert", authority.certPath])).json, { status: 200, content: "ok" });
    const { error, code } = (await call(["--cacert", selfSigned.certPath])).json as Record<string, string>;
    assert.deepEqual({ error, code }, refused);
  });

  it("is what NODE_EXTRA_CA_CERTS says as well, unless --cacert says who", async () => {
    const env = { NODE_EXTRA_CA_CERTS: authority.certPath };
    assert.deepEqual((await call([], env)).json, { status: 200, content: "ok" });
    const { error, code } = (await call([])).json as Record<string, string>;
    assert.deepEqual({ error, code }, refused);
    const told = (await call(["--cacert", selfSigned.certPath], env)).json as Record<string, string>;
    assert.equal(told.code, refused.code);
  });

  it("is a mistake of the command where the file is none, which is named", async () => {
    const missing = join(good.certPath, "missing.pem");
    const explained = ["explain", "GET", url, "--application"];
    const ran = ["run", "none.wasm"];
    for (const [path, why] of [
      [missing, /--cacert: .*missing\.pem/],
      [good.keyPath, /--cacert: ".*\.key" must contain/],
    ] as const) {
      for (const command of [["call", "t", url], explained, ran]) {
        const { code, stderr } = await runCli([...command, "--cacert", path]);
        assert.equal(code, 2, command[0]);
        assert.match(stderr, why, command[0]);
      }
    }
  });

  it("makes another key of reuse, as explain says", async () => {
    const explain = async (...args: string[]): Promise<string> => {
      const { stdout } = await runCli(["explain", "GET", url, "--application", "--json", ...args]);
      return (JSON.parse(stdout.toString()) as { connection: { tls: string } }).connection.tls;
    };
    const keys = [
      await explain(),
      await explain("--cacert", authority.certPath),
      await explain("--cacert", selfSigned.certPath),
    ];
    assert.equal(new Set(keys).size, 3);
  });
});
