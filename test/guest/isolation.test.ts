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
