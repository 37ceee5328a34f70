import assert from "node:assert/strict";
import type { FileHandle } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { until, WHOSE, Witness } from "../support/async-contexts.ts";
import {
  OK,
  type ScriptedServer,
  type ServerEntry,
  startScriptedServer,
} from "../support/scripted-server.ts";

/** Makes a call as B, and returns the outcome. */
type Call = (path: string, options?: object, settings?: object) => Promise<unknown>;

/** The surroundings: a plugin with one connection, which A has used. */
interface World {
  readonly plugin: HttpBackground;
  readonly server: ScriptedServer;
  readonly witness: Witness;
  readonly call: Call;
}

const REDIRECT: ServerEntry = { send: "HTTP/1.1 307 T\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n" };
const REDIRECT_OUT: ServerEntry = {
  send: "HTTP/1.1 302 T\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n",
};
const HANGS_UP: ServerEntry = { send: "", end: true };
const SLOW: ServerEntry = { ...OK, delay_ms: 30 };
const SIGNED = { username: "u", password: "p", aws_sigv4: "aws:amz:r:es" };

/** What happens to a call of B, and what the server answers. An `endless` post is still being read at this time. */
interface Scene {
  script: ServerEntry[];
  isEndless?: true;
  block?: string[];
  /** The event that must come. @default call:end */
  seen?: string;
  run(world: World): Promise<unknown>;
}

const SCENES: Readonly<Record<string, Scene>> = {
  "a connection is used again": { script: [OK], run: ({ call }) => call("/") },
  "it waits for its turn": {
    script: [SLOW, OK],
    async run({ plugin, server, call }) {
      const first = WHOSE.run("A", () => plugin.http_background("t", `${server.base}/first`));
      await Promise.all([first, call("/")]);
    },
  },
  "it is redirected": { script: [REDIRECT, OK], run: ({ call }) => call("/", { redirects: 1 }) },
  "it is redirected to where it may not go": {
    script: [REDIRECT_OUT],
    seen: "policy:denied",
    run: ({ call }) => call("/", { redirects: 1 }),
  },
  "it may not go there": { script: [], seen: "policy:denied", run: ({ call }) => call("//10.0.0.1/") },
  "it may not go where the name leads": {
    script: [],
    seen: "policy:denied",
    block: ["127.0.0.0/8", "::1"],
    run: ({ call }) => call("//localhost:1/"),
  },
  "the connection is stale": { script: [HANGS_UP, OK], run: ({ call }) => call("/") },
  "it is read for a signature": { script: [OK], run: ({ call }) => call("/", SIGNED) },
  "something in it has no effect": {
    script: [OK],
    seen: "option:ignored",
    run: ({ call }) => call("/", { timout: 5 }),
  },
  "it is a mistake": {
    script: [],
    seen: "option:ignored",
    run: ({ call }) => call("/", { timeout: "5", timout: 5 }),
  },
  "its time is up": {
    script: [],
    isEndless: true,
    run: ({ call }) => call("/", {}, { timeoutMs: 50 }),
  },
  "its time is up before it is signed": {
    script: [],
    isEndless: true,
    run: ({ call }) => call("/", SIGNED, { timeoutMs: 50 }),
  },
  "somebody else aborts it": {
    script: [],
    isEndless: true,
    async run({ call, witness }) {
      const controller = new AbortController();
      const calling = call("/", {}, { signal: controller.signal });
      await until(() => witness.sights.length > 10);
      WHOSE.run("A", () => controller.abort());
      await calling;
    },
  },
  "somebody else destroys the plugin": {
    script: [],
    isEndless: true,
    async run({ plugin, call, witness }) {
      const calling = call("/");
      await until(() => witness.sights.length > 10);
      await WHOSE.run("A", () => plugin.destroy());
      await calling;
    },
  },
};

describe("everything of a call is in the asynchronous context of its caller", { timeout: 60_000 }, () => {
  let witness: Witness;
  before(() => {
    witness = new Witness();
  });
  after(() => witness.close());

  /** Plays a scene with this post of B. */
  async function play({ script, block, run }: Scene, post: unknown[]): Promise<void> {
    const server = await startScriptedServer([OK, ...script]);
    const policy = block === undefined ? { allow: [server.base] } : { block };
    const config = { threads: [{ id: "t", max_total: 1 }] };
    const plugin = await createHttpBackground(config, { env: {}, policy });
    const untyped = plugin.http_background as (...args: unknown[]) => Promise<unknown>;
    const call: Call = async (path, options = {}, settings = undefined) => {
      const url = path.startsWith("//") ? `http:${path}` : server.base + path;
      const args = ["t", url, options, ...(settings === undefined ? post : [post[0] ?? "x", settings])];
      return WHOSE.run("B", () => untyped(...args)).catch(() => {});
    };
    try {
      await WHOSE.run("A", () => plugin.http_background("t", server.base));
      witness.forget();
      await run({ plugin, server, witness, call });
      // A stream learns of its end a moment later.
      await new Promise(setImmediate);
    } finally {
      await WHOSE.run("C", () => plugin.destroy());
      await server.close();
    }
  }

  /** All events are in B's context, except those of A's calls, and those of connections, which belong to nobody. */
  function assertIsB(what: string, { seen = "call:end" }: Scene): void {
    const others = witness.sights.filter(({ what: seen, whose, by }) => {
      if (seen === "connection:open") return whose !== undefined;
      return whose !== (by ?? "B");
    });
    assert.deepEqual(others, [], what);
    assert.ok(
      witness.sights.some((sight) => sight.what === seen),
      `${what}: ${seen} is seen`,
    );
  }

  for (const [name, scene] of Object.entries(SCENES)) {
    it(`when ${name}`, async () => {
      const files = witness.files(scene.isEndless ? Number.POSITIVE_INFINITY : 20);
      if (!scene.isEndless) {
        await play(scene, []);
        assertIsB(name, scene);
      }
      for (const [kind, make] of Object.entries(files)) {
        for (const wrap of [(data: unknown) => data, (data: unknown) => [{ data, encoder: "base64" }]]) {
          const given = await WHOSE.run("B", make);
          await play(scene, [wrap(given)]);
          await (given as Partial<FileHandle>).close?.();
          assertIsB(`${name}, ${kind}`, scene);
          const isRead = witness.sights.some(({ what }) => what === kind);
          assert.ok(isRead || scene.script.length === 0, `${name}, ${kind} is read`);
        }
      }
    });
  }
});
