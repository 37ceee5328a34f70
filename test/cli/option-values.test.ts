import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { call } from "../../host/cli/call.ts";
import { Mistake } from "../../host/cli/command.ts";
import { OPTION_NAMES, readOptions } from "../../host/cli/option-values.ts";

const OPTIONS: [assignments: string[], expected: Record<string, unknown>][] = [
  [[], {}],
  [["timeout=5"], { timeout: 5 }],
  [["timeout=0.5", "redirects=-1"], { timeout: 0.5, redirects: -1 }],
  [["max_file_size=1e6"], { max_file_size: 1_000_000 }],
  [["tls_verify_peer=false", "tls_verify_host=true"], { tls_verify_peer: false, tls_verify_host: true }],
  [["method=PUT"], { method: "PUT" }],
  [["method="], { method: "" }],
  [["password=a=b"], { password: "a=b" }],
  [["proxy=5"], { proxy: "5" }],
  [["headers=X-A: 1", "headers=X-B: 2"], { headers: ["X-A: 1", "X-B: 2"] }],
  [['headers=["X-A: 1","X-B;"]', "headers=X-C: [3]"], { headers: ["X-A: 1", "X-B;", "X-C: [3]"] }],
  [['tls_client_cert={"x509":"PEM"}'], { tls_client_cert: { x509: "PEM" } }],
  // The engine says what is wrong with a value of the wrong type inside of JSON.
  [["tls_client_cert=5"], { tls_client_cert: 5 }],
];

const MISTAKES: [assignments: string[], says: RegExp][] = [
  [["timeout"], /^-O timeout: an option is written name=value$/],
  [["timeout=abc"], /^-O timeout: it takes a number, not "abc"$/],
  [["timeout="], /^-O timeout: it takes a number, not ""$/],
  [["redirects=NaN"], /^-O redirects: it takes a number/],
  [["tls_verify_peer=1"], /^-O tls_verify_peer: it takes true or false, not "1"$/],
  [["tls_client_cert={"], /^-O tls_client_cert: it takes JSON/],
  [["headers=[1"], /^-O headers: it takes JSON/],
  [["timout=5"], /^-O timout: there is no such option; did you mean timeout\?$/],
  [["constructor=5"], /^-O constructor: there is no such option/],
  [["timeout=1", "timeout=2"], /^-O timeout: it was given before$/],
  [
    ["tls_client_cert.x509=/nonexistent.pem"],
    /^-O tls_client_cert\.x509: \/nonexistent\.pem: there is no such file/,
  ],
];

describe("readOptions", () => {
  for (const [assignments, expected] of OPTIONS) {
    it(`reads ${JSON.stringify(assignments)}`, async () => {
      assert.deepEqual(await readOptions(assignments), expected);
    });
  }

  for (const [assignments, says] of MISTAKES) {
    it(`refuses ${JSON.stringify(assignments)}`, async () => {
      await assert.rejects(
        readOptions(assignments),
        (error: unknown) => error instanceof Mistake && says.test(error.message),
      );
    });
  }

  it("joins lists that are longer than a function may have arguments", async () => {
    const many = Array(300_000).fill("X: y");
    const { headers } = await readOptions(["headers=A: 1", `headers=${JSON.stringify(many)}`]);
    assert.deepEqual(headers, ["A: 1", ...many]);
  });

  it("is explained by the help, every option", () => {
    for (const name of OPTION_NAMES) assert.ok(call.help.includes(name), name);
  });
});

describe("readOptions, client certificates", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "http-background-"));
    for (const name of ["leaf", "key", "one", "two"]) await writeFile(join(folder, name), `PEM of ${name}`);
  });
  after(() => rm(folder, { recursive: true }));

  it("reads the parts from files, the chain in its order", async () => {
    const options = await readOptions([
      `tls_client_cert.x509=${folder}/leaf`,
      `tls_client_cert.chain=${folder}/one`,
      `tls_client_cert.privatekey=${folder}/key`,
      `tls_client_cert.chain=${folder}/two`,
    ]);
    assert.deepEqual(options, {
      tls_client_cert: { x509: "PEM of leaf", chain: ["PEM of one", "PEM of two"], privatekey: "PEM of key" },
    });
  });
});
