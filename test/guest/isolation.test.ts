import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { ENCODER_QUOTED_PRINTABLE } from "../../assembly/abi.ts";
import type { Plugin } from "../../host/guest/plugin.ts";
import { Handles } from "../../host/guest/wire/handles.ts";
import { marshal } from "../../host/guest/wire/marshal.ts";
import { marshalOutcome } from "../../host/guest/wire/result.ts";
import { loadPlugin, OK } from "../support/plugin-call.ts";
import { VARIANTS } from "../support/variants.ts";

const MARKER = "SECRET-MARKER";

/** A call with the marker in every place to which a caller can write. */
const MARKED = [
  "default",
  `http://${MARKER}/`,
  { username: MARKER, password: MARKER, headers: [`X: ${MARKER}`], proxy: MARKER, unknown: MARKER },
  {
    [MARKER]: { data: MARKER, filename: MARKER, type: MARKER },
    encoded: { data: `=${MARKER}`, encoder: "quoted-printable" },
  },
];

/** What makes the guest write a message of its own, and a post. */
const REFUSED: readonly (readonly [what: string, options: object, post: unknown])[] = [
  ["an option", { timeout: "5" }, "x"],
  ["a number that is not finite", { redirects: Number.NaN }, "x"],
  ["a certificate", { tls_client_cert: { x509: "x" } }, "x"],
  ["a short header", { headers: ["Content-Length: 5.0"] }, "x"],
  ["a long header", { headers: [`Content-Length: ${MARKER.repeat(100)}`] }, "x"],
  ["a part under a name", {}, { [MARKER]: { data: 5 } }],
  ["a part under a long name", {}, { [MARKER.repeat(100)]: 5 }],
  ["a part of a list", {}, [{ data: "x" }, { data: null }]],
  ["a post", {}, 5],
  ["the type of a part", {}, { a: { data: "x", type: "a\r\nb" } }],
];

for (const { name, wasm } of VARIANTS) {
  describe(`isolation (${name})`, () => {
    let plugin: Plugin;
    before(async () => {
      plugin = await loadPlugin(wasm);
    });

    it("leaves nothing of a suspended call in the instance", async () => {
      const handles = new Handles();
      let answer = (): void => {};
      const call = plugin.call(marshal(MARKED, handles), (record) => {
        assert.ok(record.includes(MARKER), "the guest saw the marker");
        return new Promise((resolve) => {
          answer = () => resolve(marshalOutcome(OK, handles));
        });
      });
      assert.ok(!memoryOf(plugin).includes(MARKER));
      answer();
      await call;
      assert.ok(!memoryOf(plugin).includes(MARKER));
    });

    it("leaves nothing of a call that was refused", async () => {
      const refused = [...MARKED.slice(0, 3), { a: { data: 5 } }];
      await plugin.call(marshal(refused, new Handles()), async () => assert.fail("asked for a transfer"));
      assert.ok(!memoryOf(plugin).includes(MARKER));
    });

    for (const [what, options, post] of REFUSED) {
      it(`has a memory like that of a new instance after a call that was refused: ${what}`, async () => {
        const args = [MARKED[0], MARKED[1], options, post];
        await plugin.call(marshal(args, new Handles()), async () => assert.fail("asked for a transfer"));
        const fresh = await loadPlugin(wasm);
        assert.equal(Buffer.compare(memoryOf(plugin), memoryOf(fresh)), 0);
      });
    }

    it("leaves nothing of what was encoded, and a memory like that of a new instance", async () => {
      const encoding = plugin.encoding(ENCODER_QUOTED_PRINTABLE);
      assert.ok(Buffer.from(encoding.push(Buffer.from(MARKER.repeat(1000))).bytes).includes(MARKER));
      encoding.end();
      const fresh = await loadPlugin(wasm);
      assert.equal(Buffer.compare(memoryOf(plugin), memoryOf(fresh)), 0);
    });
  });
}

function memoryOf(plugin: Plugin): Buffer {
  return plugin.engine.compute((instance) => Buffer.from(instance.memory.bytes));
}
