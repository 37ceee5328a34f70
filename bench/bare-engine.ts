import { cpuTime } from "../host/guest/engine/cpu-time.ts";
import { QuickJs } from "../host/guest/javascript/quickjs.ts";
import { readQuickJsWasm } from "../host/guest/javascript/quickjs-wasm.ts";
import { GuestMemory } from "../host/guest/parked/memory.ts";

/** QuickJS-NG as its makers have compiled it, with nothing around it. */
export class BareEngine {
  readonly #quickjs: QuickJs;

  private constructor(quickjs: QuickJs) {
    this.#quickjs = quickjs;
  }

  static async start(): Promise<BareEngine> {
    const module = await WebAssembly.compile((await readQuickJsWasm()) as Uint8Array<ArrayBuffer>);
    const imports: Record<string, Record<string, () => number>> = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      imports[from] ??= {};
      imports[from][name] = () => 0;
    }
    const { exports } = new WebAssembly.Instance(module, imports);
    const quickjs = new QuickJs(exports, new GuestMemory(exports.memory as WebAssembly.Memory));
    quickjs.call("_initialize");
    quickjs.call("qjs_init");
    return new BareEngine(quickjs);
  }

  /** Milliseconds of CPU for this code. */
  measure(code: string): number {
    const startedAt = cpuTime();
    this.#quickjs.release(this.#quickjs.evaluate(`(() => { ${code} })()`, "work.js"));
    return cpuTime() - startedAt;
  }
}
