import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { type JSValueHandle, QuickJS } from "quickjs-wasi";
import { readPrelude } from "../../../host/script/javascript/prelude-text.ts";
import { type HostSettings, PreludeHost } from "./prelude-host.ts";

const WASM = createRequire(import.meta.url).resolve("quickjs-wasi/quickjs.wasm");

let compiled: Promise<WebAssembly.Module> | undefined;

async function compile(): Promise<WebAssembly.Module> {
  return await WebAssembly.compile(await readFile(WASM));
}

/** How a script that was given to `run` ended. */
type End = { readonly value: unknown } | { readonly error: string };

/** The bare engine with the prelude, on a host of the test. */
export class PreludeEngine {
  readonly host: PreludeHost;
  /** Reasons of promises that nobody handles. */
  readonly unhandled: readonly string[];
  readonly #vm: QuickJS;
  readonly #answer: JSValueHandle;

  private constructor(vm: QuickJS, host: PreludeHost, unhandled: readonly string[]) {
    this.#vm = vm;
    this.unhandled = unhandled;
    this.host = host;
    this.#answer = vm.evalCode("__answer");
  }

  static async start(settings: HostSettings = {}): Promise<PreludeEngine> {
    compiled ??= compile();
    const unhandled: string[] = [];
    const host = new PreludeHost(settings);
    const vm = await QuickJS.create({
      wasm: await compiled,
      wasi: (memory: WebAssembly.Memory) => ({ clock_time_get: clockOf(host, memory) }),
      onUnhandledRejection: (_promise: JSValueHandle, reason: JSValueHandle, isHandled: boolean) => {
        if (isHandled) unhandled.splice(unhandled.indexOf(reason.toString()), 1);
        else unhandled.push(reason.toString());
      },
    });
    const functions = vm.newObject();
    for (const [name, run] of Object.entries(host.functions))
      vm.setProp(functions, name, vm.newFunction(name, hostFunction(vm, run)));
    vm.setProp(vm.global, "__host", functions);
    vm.evalCode(await readPrelude(), "prelude.js").dispose();
    const engine = new PreludeEngine(vm, host, unhandled);
    vm.evalCode("globalThis.guest = __guest; __begin()").dispose();
    return engine;
  }

  /**
   * Runs the body of an async function, in which `guest` has the exports of "http-background/guest", until nothing is
   * left to be done. @returns What it returns, through JSON. @throws Error with the name and the message of its error
   */
  run(body: string): unknown {
    const end = this.end(body);
    if ("error" in end) throw new Error(end.error);
    return end.value;
  }

  end(body: string): End {
    this.#vm
      .evalCode(
        `globalThis.end = undefined;
        (async () => {${body}\n})().then(
          (value) => { end = JSON.stringify({ value }) },
          (error) => { end = JSON.stringify({ error: error?.name + ": " + error?.message }) },
        )`,
        "script.js",
      )
      .dispose();
    this.#settle();
    const text = this.#vm.evalCode("end").toString();
    if (text === "undefined") throw new Error("the script waits for ever");
    return JSON.parse(text) as End;
  }

  /** Evaluates a text as a script of its own, until nothing is left to be done. @throws Error if it throws */
  evaluate(text: string, name: string): void {
    this.#vm.evalCode(text, name).dispose();
    this.#settle();
  }

  /** The text of a global. */
  read(name: string): string {
    return this.#vm.evalCode(`String(globalThis.${name})`).toString();
  }

  [Symbol.dispose](): void {
    this.#vm.dispose();
  }

  #settle(): void {
    this.#vm.executePendingJobs();
    for (let next = this.host.next(); next !== undefined; next = this.host.next()) {
      const { call, bytes } = next;
      const args = [this.#vm.newNumber(call), this.#vm.newArrayBuffer(bytes)];
      this.#vm.callFunction(this.#answer, this.#vm.undefined, ...args).dispose();
      this.#vm.executePendingJobs();
    }
  }
}

/** @throws TypeError for a value that may not cross the seam */
function hostFunction(
  vm: QuickJS,
  run: (...args: never[]) => unknown,
): (...args: JSValueHandle[]) => JSValueHandle {
  return (...handles) => {
    const result = run(...(handles.map(fromGuest) as never[]));
    if (result === undefined) return vm.undefined;
    if (typeof result === "string") return vm.newString(result);
    return typeof result === "number" ? vm.newNumber(result) : vm.newArrayBuffer(result as ArrayBuffer);
  };
}

function fromGuest(handle: JSValueHandle): unknown {
  if (handle.isString) return handle.toString();
  if (handle.isNumber) return handle.toNumber();
  if (handle.isBool) return handle.toBoolean();
  if (handle.isUndefined) return undefined;
  if (handle.isArrayBuffer) return handle.toArrayBuffer();
  throw new TypeError("a value of this type may not cross the seam");
}

const NANOSECONDS = 1_000_000n;

/** The clock of the engine is that of the host. */
function clockOf(host: PreludeHost, memory: WebAssembly.Memory): (...args: never[]) => number {
  return (_clock: number, _precision: bigint, place: number) => {
    new DataView(memory.buffer).setBigUint64(place, BigInt(Math.floor(host.time)) * NANOSECONDS, true);
    return 0;
  };
}
