import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { encode } from "@msgpack/msgpack";
import { PLUGIN_WASM } from "../../host/plugin-wasm.ts";
import type { RunResult, Script } from "../../host/script/index.ts";
import { assembleScript, call } from "../support/script-wat.ts";
import { assembleDriver, assembleLiar } from "./driver.ts";
import { EVALUATOR } from "./javascript.ts";
import { Judge } from "./judge.ts";
import { Program } from "./program.ts";
import { SECRET, World } from "./world.ts";

/** Seconds that an honest run may have to wait until the cases of its batch are over, on a slow machine. */
const LONGEST_WAIT = 120;

/** Keeps its second argument where a run keeps things, while it waits. */
const HONEST = `import { args, echo, http_background } from "http-background/guest";
export default async () => {
  const [url, own] = args();
  globalThis.own = own;
  Object.prototype.own = own.slice();
  const list = Array.from({ length: 50 }, (_, i) => own + i);
  const { content } = await http_background("default", url, { headers: ["X: " + url.slice(-3)] }, "post");
  echo(content + globalThis.own);
  if (list.some((text, i) => text !== own + i)) throw new Error("it has lost its memory");
  return Number(url.split("/").at(-1));
};`;

/** The scripts of all cases, and the honest runs. */
export class Guests {
  readonly world: World;
  readonly judge = new Judge();
  readonly driver: Script;
  readonly liar: Script;
  /** Runs programs in JavaScript. */
  readonly evaluator: Script;
  readonly #honest: Script;
  /** Modules that cases change. */
  readonly modules: readonly Uint8Array[];
  #honestRuns = 0;

  private constructor(
    world: World,
    { driver, liar, evaluator, honest }: Record<"driver" | "liar" | "evaluator" | "honest", Script>,
    modules: readonly Uint8Array[],
  ) {
    this.world = world;
    this.driver = driver;
    this.liar = liar;
    this.evaluator = evaluator;
    this.#honest = honest;
    this.modules = modules;
  }

  static async create(): Promise<Guests> {
    const world = await World.create();
    const [driver, liar] = [assembleDriver(), assembleLiar()];
    const small = assembleScript({
      body: `(func (export "main") (call $echo_content ${call("args")}))`,
      data: { args: ["default", `${world.base}/ok`] },
    });
    const plugin = readFileSync(PLUGIN_WASM);
    const compile = (source: string): Promise<Script> => world.javascript.compile({ name: "a.js", source });
    const scripts = {
      driver: await world.load(driver),
      liar: await world.load(liar),
      evaluator: await compile(EVALUATOR),
      honest: await compile(HONEST),
    };
    return new Guests(world, scripts, [small, small, driver, liar, plugin]);
  }

  /** Starts a run that waits until the world releases it. Then everything in it must be right. */
  startHonest(): Promise<void> {
    const id = this.#honestRuns++;
    return id % 2 === 0 ? this.#startHonest(id) : this.#startHonestInJavaScript(id);
  }

  #startHonestInJavaScript(id: number): Promise<void> {
    const path = `/honest/${id}`;
    const args = [this.world.base + path, `${SECRET} ${id}`];
    const expected = `${path} ${SECRET}${SECRET} ${id}\n`;
    return this.#expect(
      this.#honest.run("default", { args, timeout: LONGEST_WAIT }),
      Buffer.from(expected),
      id,
    );
  }

  #startHonest(id: number): Promise<void> {
    const path = `/honest/${id}`;
    const pattern = Buffer.from(`${SECRET} ${id} `.repeat(20));
    const program = new Program();
    const place = program.put(pattern);
    program.do("copy", 200_000, place, pattern.length).do("store", 400, id).do("globals").do("grow", 1);
    program.do("resource", 1, program.put(Buffer.from("secret")), 6).do("patch", 404);
    program
      .do("deep", id % 20)
      .call(encode(["default", this.world.base + path, { headers: [`X: ${id}`] }, "post"]));
    // The content, the bytes in its memory, and the File that it was granted.
    program.do("handle").do("content").do("echo", 200_000, pattern.length).do("echo", 400, 4);
    program.do("load", 404).do("content").do("load", 400);
    return this.#expect(
      this.driver.run("main", {
        args: [program.bytes()],
        files: { secret: `${SECRET} file ${id}` },
        timeout: LONGEST_WAIT,
      }),
      Buffer.concat([
        Buffer.from(`${path} ${SECRET}`),
        pattern,
        word(id),
        Buffer.from(`${SECRET} file ${id}`),
      ]),
      id,
    );
  }

  /** Makes a run that must get its answer at once. */
  async runCanary(): Promise<void> {
    const program = new Program()
      .call(encode(["default", `${this.world.base}/ok`]))
      .do("handle")
      .do("content");
    program.do("set", 42);
    await this.#expect(this.driver.run("main", { args: [program.bytes()] }), Buffer.from("ok"), 42);
    const args = [`${this.world.base}/ok`, "!"];
    await this.#expect(this.#honest.run("default", { args }), Buffer.from("ok!\n"), Number.NaN);
    const content = await this.world.http.http_background("default", `${this.world.base}/ok`, {}, "canary");
    assert.deepEqual(content, { status: 200, content: Buffer.from("ok") });
  }

  async #expect(running: Promise<RunResult>, output: Buffer, expected: number): Promise<void> {
    const { outputBytes, result } = await running;
    assert.equal(outputBytes.toString(), output.toString());
    assert.equal(result, expected);
  }
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
