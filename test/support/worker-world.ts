import { BroadcastChannel, type Worker } from "node:worker_threads";
import { encode } from "@msgpack/msgpack";
import { doorOf } from "../../host/http-background.ts";
import type { RunResult, Script, ScriptRuntime, ScriptRuntimeOptions } from "../../host/script/index.ts";
import { createRuntimeAt } from "../../host/script/runtime.ts";
import { ScriptWorld } from "./script-runtime.ts";
import { assembleScript } from "./script-wat.ts";
import { StartedWorkers } from "./started-workers.ts";

const UNRULY = new URL("./unruly-worker.js", import.meta.url);

/** `main` makes the two calls that are its argument. The other entries misbehave: see unruly-worker.ts. */
const BODY = `
  (func $ask (param $at i32)
    (call $echo_content (call $call
      (i32.add (local.get $at) (i32.const 5)) (i32.load8_u offset=4 (local.get $at)))))
  (func $main (export "main") (export "fragile") (local $at i32)
    ;; The record of the arguments: its size, the head of an array, and bytes with heads of five bytes.
    (local.set $at (i32.add (call $arguments) (i32.const 5)))
    (call $ask (local.get $at))
    (call $ask (i32.add (local.get $at)
      (i32.add (i32.const 5) (i32.load8_u offset=4 (local.get $at))))))
  (func (export "brief"))
  ;; Some milliseconds.
  (func (export "work") (local $i i32)
    (loop $l (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1500000)))))
  (func (export "spin") (loop $l (br $l)))
  (func (export "blind") (loop $l (br $l)))
  (func (export "leave"))
  (func (export "hoard"))
  (func (export "starve"))
  (func (export "mute"))`;

/** Runtimes whose workers are seen by the test, and can misbehave. */
export class WorkerWorld {
  readonly world: ScriptWorld;
  readonly #workers = new StartedWorkers("/script-worker.");
  readonly #entries = new BroadcastChannel("unruly-worker");
  #asked = 0;

  private constructor(world: ScriptWorld) {
    this.world = world;
    this.#workers.watch();
  }

  /** All script workers that were started since it was created. */
  get started(): readonly Worker[] {
    return this.#workers.started;
  }

  static async create(): Promise<WorkerWorld> {
    return new WorkerWorld(await ScriptWorld.create());
  }

  runtime(workers: number, limits: ScriptRuntimeOptions["limits"] = {}, file = UNRULY): ScriptRuntime {
    const options = { allow: [this.world.server.base], workers, limits };
    return createRuntimeAt(doorOf(this.world.http), options, file);
  }

  load(runtime: ScriptRuntime): Promise<Script> {
    return runtime.load(assembleScript({ body: BODY }));
  }

  /** Runs an entry with two requests that no other run makes. */
  ask(script: Script, entry: "main" | "fragile" = "main"): Promise<RunResult> {
    const number = ++this.#asked;
    const args = ["a", "b"].map((part) => encode(["default", `${this.world.server.base}/${number}/${part}`]));
    return script.run(entry, { args });
  }

  /** Targets that were asked for twice. */
  repeated(): string[] {
    const targets = this.world.server.requests.map(({ target }) => target);
    return targets.filter((target, i) => targets.indexOf(target) !== i);
  }

  /** Resolves when a run with this entry computes, in any worker. */
  entered(entry: string): Promise<void> {
    return new Promise((resolve) => {
      this.#entries.onmessage = (message) => {
        if ((message as MessageEvent).data === entry) resolve();
      };
    });
  }

  async close(): Promise<void> {
    this.#workers.close();
    this.#entries.close();
    await this.world.close();
  }
}
