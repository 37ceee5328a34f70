import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it, type TestContext } from "node:test";
import { readTrust } from "../../../host/network/route/trust.ts";
import { certificates } from "../../support/certificates.ts";

describe("readTrust", () => {
  const folder = mkdtempSync(join(tmpdir(), "trust-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  function write(name: string, text: string): string {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  }

  const { authority, selfSigned, good } = certificates();
  const bundle = write("bundle.pem", `# a bundle\n${authority.cert}`);
  const nowhere = join(folder, "nowhere.pem");

  /** The result, and the warnings. */
  async function read(t: TestContext, bundles: string[], extra?: string) {
    const { mock } = t.mock.method(process, "emitWarning", () => {});
    const trust = readTrust(bundles, extra);
    const warnings = mock.calls.map(({ arguments: [warning] }) => String(warning));
    mock.restore();
    return { ...trust, warnings };
  }

  it("takes the first bundle that has certificates", async (t) => {
    const other = write("other.pem", selfSigned.cert);
    const empty = write("empty.pem", "# nothing\n");
    const { ca, warnings } = await read(t, [nowhere, empty, folder, bundle, other]);
    assert.deepEqual([ca, warnings], [[authority.cert.trimEnd()], []]);
  });

  it("adds every certificate of the extra file, and tells such lists apart", async (t) => {
    const two = write("two.pem", `one\n${selfSigned.cert}\ntwo\n${good.cert}`);
    const one = write("one.pem", selfSigned.cert);
    const { ca = [], key, warnings } = await read(t, [bundle], two);
    assert.deepEqual([ca.slice(1), warnings], [[selfSigned.cert, good.cert], []]);
    const keys = [key, (await read(t, [bundle], one)).key, (await read(t, [bundle])).key];
    assert.equal(new Set(keys).size, 3);
  });

  it("names an extra file that is no good, and goes on without it", async (t) => {
    const broken = write("broken.pem", selfSigned.cert.replace("MII", "!!!"));
    const partly = write("partly.pem", selfSigned.cert + selfSigned.cert.replace("MII", "!!!"));
    for (const path of [nowhere, folder, write("none.pem", "nothing"), broken, partly]) {
      const { ca, warnings } = await read(t, [bundle], path);
      assert.equal(ca?.length, 1, path);
      assert.equal(warnings.length, 1, path);
      assert.ok(warnings[0]?.includes(`NODE_EXTRA_CA_CERTS is ignored: ${path}: `), warnings[0]);
    }
    assert.deepEqual((await read(t, [bundle], "")).warnings, []);
  });

  it("leaves it to Node where there is no bundle: Node adds the extra file itself", async (t) => {
    const { ca, key, warnings } = await read(t, [nowhere], bundle);
    assert.deepEqual({ ca, key, warnings }, { ca: undefined, key: "node", warnings: [] });
  });
});
