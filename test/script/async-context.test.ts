import assert from "node:assert/strict";
import type { FileHandle } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { createScriptRuntime, type ScriptRuntime } from "../../host/script/index.ts";
import { until, WHOSE, Witness } from "../support/async-contexts.ts";
import { compileScript } from "../support/compile-script.ts";
import { OK, type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";
import { variant } from "../support/variant.ts";

const SOURCE = `import { args, File, http_background } from "http-background/assembly";

export function gets(): void {
  for (let i = 0; i < 3; i++) http_background("t", args()[0]);
}
export function denied(): void {
  for (let i = 0; i < 3; i++) http_background("t", "http://10.0.0.1/");
}
export function posts(): void {
  http_background("t", args()[0], { redirects: 1 }, File.named("file"));
}
export function encodes(): void {
  http_background("t", args()[0], { encoder: "base64" }, File.named("file"));
}
`;

/** What is seen when a File is read, of whatever kind it is. */
const READS = new Set(["stream", "web", "iterable", "blob", "handle"]);

/** What a run of B does when the run of A has ended. */
interface Scene {
  entry: string;
  isEndless?: true;
  /** Options of the run. */
  options?: object;
  /** What others do after something was read. */
  act?: (world: { runtime: ScriptRuntime; http: HttpBackground; controller: AbortController }) => unknown;
}

const SCENES: Readonly<Record<string, Scene>> = {
  "it makes calls": { entry: "gets" },
  "it is denied its calls": { entry: "denied" },
  "it posts a File": { entry: "posts" },
  "it posts a File, encoded": { entry: "encodes" },
  "its time is up": { entry: "posts", isEndless: true, options: { timeout: 1 } },
  "it sends too much": { entry: "posts", isEndless: true },
  "somebody else aborts it": {
    entry: "posts",
    isEndless: true,
    act: ({ controller }) => controller.abort(),
  },
  "somebody else destroys the runtime": {
    entry: "posts",
    isEndless: true,
    act: ({ runtime }) => runtime.destroy(),
  },
  "somebody else destroys the plugin": {
    entry: "posts",
    isEndless: true,
    act: ({ http }) => http.destroy(),
  },
};

describe("everything of a run is in the asynchronous context of its caller", { timeout: 120_000 }, () => {
  let witness: Witness;
  let server: ScriptedServer;
  /** The server of A's run. B's run waits until A's run ends. */
  let elsewhere: ScriptedServer;
  let wasm: Uint8Array;
  before(async () => {
    witness = new Witness();
    server = await startScriptedServer([], { otherwise: { ...OK, delay_ms: 5 } });
    elsewhere = await startScriptedServer();
    wasm = await compileScript(SOURCE);
  });
  after(async () => {
    witness.close();
    await Promise.all([server.close(), elsewhere.close()]);
  });

  async function play({ entry, options, act }: Scene, file: unknown): Promise<void> {
    const http = await createHttpBackground({ threads: [{ id: "t", max_total: 1 }] }, { env: {} });
    const runtime = createScriptRuntime({
      workers: variant.workers,
      http,
      allow: [server.base, elsewhere.base],
      limits: { concurrentRuns: 1, bytesSent: 2_000_000 },
      onOrigin: (entry) => (entry === elsewhere.base ? undefined : witness.see("onOrigin")),
    });
    const script = await runtime.load(wasm);
    const controller = new AbortController();
    try {
      witness.forget();
      const first = WHOSE.run("A", () => script.run("gets", { args: [`${elsewhere.base}/first`] }));
      const given = { args: [server.base], files: { file }, signal: controller.signal, ...options };
      const run = WHOSE.run("B", () => script.run(entry, given as object)).catch(() => {});
      await first;
      if (act !== undefined) {
        await until(() => witness.sights.some(({ what }) => READS.has(what)));
        await WHOSE.run("A", () => act({ runtime, http, controller }));
      }
      await run;
      await new Promise(setImmediate);
    } finally {
      await WHOSE.run("C", () => runtime.destroy());
      await WHOSE.run("C", () => http.destroy());
    }
  }

  for (const [name, scene] of Object.entries(SCENES)) {
    it(`when ${name}`, async () => {
      const files = witness.files(scene.isEndless ? Number.POSITIVE_INFINITY : 20);
      for (const [kind, make] of Object.entries(files)) {
        const given = await WHOSE.run("B", make);
        await play(scene, given);
        await (given as Partial<FileHandle>).close?.();
        const others = witness.sights.filter(({ what, whose, by }) => {
          return whose !== (what === "connection:open" ? undefined : (by ?? "B"));
        });
        assert.deepEqual(others, [], `${name}, ${kind}`);
        assert.ok(witness.sights.some(({ what }) => what === "onOrigin"));
        assert.ok(witness.sights.some(({ what }) => what === "call:end"));
      }
    });
  }
});
