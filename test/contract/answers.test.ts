import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, mock } from "node:test";
import { ABI_SECTION, ABI_VERSION, EXPORT_CALL, EXPORT_RESUME, IMPORT_PERFORM } from "../../assembly/abi.ts";
import { GuestModule, type Imports } from "../../host/guest/engine/module.ts";
import { RecordCall } from "../../host/guest/engine/record-call.ts";
import { Plugin } from "../../host/guest/plugin.ts";
import { Handles } from "../../host/guest/wire/handles.ts";
import { marshal } from "../../host/guest/wire/marshal.ts";
import { marshalOutcome } from "../../host/guest/wire/result.ts";
import { loadPlugin, OK } from "../support/plugin-call.ts";
import { VARIANTS } from "../support/variants.ts";
import { join, moduleOf, sectionsOf } from "../support/wasm-bytes.ts";

/** How often each function of the boundary was called. */
let counts: Record<string, number> = {};

function counted<F extends (...args: number[]) => unknown>(name: string, call: F): F {
  return ((...args: number[]) => {
    counts[name] = (counts[name] ?? 0) + 1;
    return call(...args);
  }) as F;
}

function countBoundary(): void {
  counts = {};
  const { instantiate } = GuestModule.prototype;
  mock.method(GuestModule.prototype, "instantiate", function (this: GuestModule, imports: Imports) {
    const own = imports.http_background as Imports[string];
    own[IMPORT_PERFORM] = counted("perform", own[IMPORT_PERFORM] as Imports[string][string]);
    const exports = { ...instantiate.call(this, imports) };
    for (const [name, key] of [
      [EXPORT_CALL, "call"],
      [EXPORT_RESUME, "resume"],
    ] as const) {
      exports[name] = counted(key, exports[name] as (...args: number[]) => unknown);
    }
    return exports;
  });
}

const ARGUMENTS = ["default", "http://localhost/"];
const outcome = (): Uint8Array => marshalOutcome(OK, new Handles());

/** What may happen to a call, and how often `perform` and `resume` are called for it. */
const SCENES: readonly (readonly [
  what: string,
  args: readonly unknown[],
  perform: () => Promise<Uint8Array>,
  transfers: number,
])[] = [
  ["a transfer that succeeds", ARGUMENTS, async () => outcome(), 1],
  [
    "a transfer with a form",
    [...ARGUMENTS, {}, { a: { data: "1", encoder: "base64" }, b: { data: "2" } }],
    async () => outcome(),
    1,
  ],
  ["a transfer that rejects", ARGUMENTS, () => Promise.reject(new Error("no network")), 1],
  [
    "a transfer that throws",
    ARGUMENTS,
    () => {
      throw new Error("no network");
    },
    1,
  ],
  ["an unknown thread", ["other", "http://localhost/"], async () => outcome(), 0],
  ["a wrong option", [...ARGUMENTS, { timeout: "soon" }], async () => outcome(), 0],
];

for (const { name, wasm } of VARIANTS) {
  describe(`a call of the plugin (${name})`, () => {
    beforeEach(countBoundary);
    afterEach(() => mock.restoreAll());

    for (const [what, args, perform, transfers] of SCENES) {
      it(`calls resume as often as it called perform: ${what}`, async () => {
        const plugin = await loadPlugin(wasm);
        for (let calls = 1; calls <= 3; calls++) {
          await plugin.call(marshal(args, new Handles()), perform);
          const expected = transfers === 0 ? {} : { perform: calls, resume: calls };
          assert.deepEqual(counts, { call: calls, ...expected });
        }
      });
    }

    it("calls resume once for an answer that is given more than once", async () => {
      const plugin = await loadPlugin(wasm);
      const call = new (class extends RecordCall {
        results = 0;
        perform(...[, answer]: Parameters<RecordCall["perform"]>): void {
          for (let i = 0; i < 3; i++) answer.resume(outcome());
          answer.fail(new Error("too late"));
        }
        onResult(): void {
          this.results++;
        }
        onError(): void {}
      })(EXPORT_CALL, marshal(ARGUMENTS, new Handles()));
      plugin.engine.start(call);
      await new Promise(setImmediate);
      assert.deepEqual([call.results, counts], [1, { call: 1, perform: 1, resume: 1 }]);
    });

    it("gives the record that resume returns as the result", async () => {
      const plugin = await loadPlugin(wasm);
      const answer = outcome();
      assert.deepEqual(await plugin.call(marshal(ARGUMENTS, new Handles()), async () => answer), answer);
    });
  });

  describe(`the version of the ABI (${name})`, () => {
    const options = { hasThread: () => true, answerTo: () => new Uint8Array() };
    const head = join(ABI_SECTION);
    const others = sectionsOf(wasm).filter(
      ({ id, content }) => id !== 0 || !content.subarray(0, head.length).equals(head),
    );

    it("is that of this host", () => {
      const [own] = WebAssembly.Module.customSections(
        new WebAssembly.Module(Uint8Array.from(wasm)),
        ABI_SECTION,
      );
      assert.equal(Buffer.from(own as ArrayBuffer).toString(), String(ABI_VERSION));
    });

    for (const [version, sections] of [
      ["1", others],
      ["3", [...others, { id: 0, content: Buffer.concat([head, Buffer.from("3")]) }]],
    ] as const) {
      it(`${version} is refused, and the message says both`, async () => {
        await assert.rejects(Plugin.load(moduleOf(sections), options), {
          code: "BAD_MODULE",
          message: `the module has version "${version}" of the ABI, and this host has "${ABI_VERSION}"`,
        });
      });
    }
  });
}
