import { randomUUID } from "node:crypto";
import { Engine } from "../engine/engine.ts";
import type { Instance } from "../engine/instance.ts";
import { WASM_PAGE } from "../parked/memory.ts";
import { PageImage } from "../parked/page-image.ts";
import type { Value } from "./engine-values.ts";
import type { HostCall } from "./host-call.ts";
import { engineImports } from "./imports.ts";
import type { JavaScriptSuspension } from "./javascript-suspension.ts";
import { KERNEL, KERNEL_NAME } from "./kernel.ts";
import { GUEST_MODULE } from "./module-names.ts";
import { compileEngine, type EngineImage, type EngineRules, engineGuest } from "./module-rules.ts";
import type { QuickJs } from "./quickjs.ts";
import { Roots } from "./roots.ts";

/** The name of the prelude in stacks. */
export const PRELUDE_NAME = "http-background:prelude";

/**
 * Bytes of the engine's own stack. It has twice as much; the rest is for what it does when it is full. Confined code needs
 * more of V8's stack for the same, and on the application's thread there is less of that.
 */
const STACK_SIZE = 512 * 1024;
const CONFINED_STACK_SIZE = 128 * 1024;

/** The functions that only the kernel calls. */
const OF_KERNEL: readonly string[] = ["finish", "fail"];

/** Milliseconds that the prelude may take. It is ours. */
const KEEPER = { checkTime: () => {} };

/** What the image of the engine is made from. */
export interface ImageParts extends EngineRules {
  readonly wasm: Uint8Array;
  /** The text of the prelude. */
  readonly prelude: string;
  /** The names of the functions of the host. */
  readonly calls: Readonly<Record<string, HostCall<never>>>;
}

/** Starts the engine, evaluates the prelude, and takes its image. */
export async function makeEngineImage({ wasm, prelude, calls, ...rules }: ImageParts): Promise<EngineImage> {
  const module = await compileEngine(wasm, rules);
  const environment = { calls, now: () => 0 };
  const engine = new Engine<never>(engineGuest(module, rules.isConfined), {
    link: (link) => engineImports(link, environment),
    answerTo: () => new Uint8Array(0),
  });
  // In an instance of its own, because compiling leaves holes in the memory. Not that of the image.
  const compiled = engine.compute((instance) => compile(instance, { prelude, kernel: KERNEL }), KEEPER);
  return engine.compute((instance) => {
    const roots = start(instance, Object.keys(calls), compiled, rules);
    return {
      id: randomUUID(),
      module,
      isConfined: rules.isConfined,
      roots,
      pristine: instance.capture(shareTrimmed),
    };
  }, KEEPER);
}

function shareTrimmed(memory: Buffer): Buffer {
  const trimmed = PageImage.trim(memory);
  const shared = Buffer.from(new SharedArrayBuffer(trimmed.length));
  trimmed.copy(shared);
  return shared;
}

/** Our own scripts, compiled. */
interface OwnScripts<T> {
  readonly kernel: T;
  readonly prelude: T;
}

function compile(instance: Instance, { kernel, prelude }: OwnScripts<string>): OwnScripts<Buffer> {
  const { quickjs } = initialize(instance);
  return {
    kernel: quickjs.compileToBytes(kernel, KERNEL_NAME),
    prelude: quickjs.compileToBytes(prelude, PRELUDE_NAME),
  };
}

function initialize(instance: Instance): JavaScriptSuspension {
  const suspension = instance.suspension as JavaScriptSuspension;
  const { quickjs } = suspension;
  quickjs.call("_initialize");
  if (quickjs.call("qjs_init") !== 0) throw new Error("the engine of JavaScript does not start");
  return suspension;
}

function start(
  instance: Instance,
  names: readonly string[],
  { kernel, prelude }: OwnScripts<Buffer>,
  rules: EngineRules,
): number {
  const suspension = initialize(instance);
  const { quickjs } = suspension;
  quickjs.call("qjs_set_memory_limit", rules.memoryPages * WASM_PAGE - instance.memorySize);
  quickjs.call("qjs_set_max_stack_size", rules.isConfined ? CONFINED_STACK_SIZE : STACK_SIZE);
  for (const handler of ["interrupt_handler", "promise_rejection_handler", "module_loader"])
    quickjs.call(`qjs_set_${handler}`, 1);
  const ptr = Roots.make(quickjs);
  const roots = new Roots(quickjs, ptr);
  const made = addKernel(quickjs, roots, kernel);
  addPrelude(suspension, roots, prelude, names);
  useReporter(quickjs, made);
  quickjs.release(made, quickjs.evaluate(TIDY, PRELUDE_NAME));
  suspension.drain();
  quickjs.call("qjs_run_gc");
  quickjs.memory.at(0, suspension.deadBytes).fill(0);
  return ptr;
}

function addKernel(quickjs: QuickJs, roots: Roots, bytes: Buffer): Value {
  const make = quickjs.evaluateBytes(bytes);
  const host = hostObject(quickjs, ["encodeText", ...OF_KERNEL]);
  const kernel = quickjs.invoke(make, host);
  for (const slot of ["run", "describe", "entries"] as const) roots.set(slot, quickjs.property(kernel, slot));
  quickjs.release(make, host);
  return kernel;
}

function addPrelude(
  suspension: JavaScriptSuspension,
  roots: Roots,
  prelude: Buffer,
  names: readonly string[],
): void {
  const { quickjs } = suspension;
  const global = quickjs.globalObject();
  const host = hostObject(quickjs, [...names, "encodeText"]);
  quickjs.setProperty(global, "__host", host);
  quickjs.release(host, quickjs.evaluateBytes(prelude));
  // The exports of the module are fixed before the script can change anything.
  const source = `const guest = globalThis.__guest;
    export const { ${suspension.quickjs.text(keysOf(quickjs))} } = guest;`;
  const module = quickjs.compileModule(source, GUEST_MODULE);
  quickjs.release(quickjs.evaluateCompiled(module));
  roots.set("answer", quickjs.property(global, "__answer"));
  const begin = quickjs.property(global, "__begin");
  if (!quickjs.isUndefined(begin)) roots.set("begin", begin);
  quickjs.release(global);
}

/** The prelude may know how values are described. */
function useReporter(quickjs: QuickJs, kernel: Value): void {
  const global = quickjs.globalObject();
  const report = quickjs.property(global, "__report");
  const use = quickjs.property(kernel, "use");
  quickjs.release(quickjs.invoke(use, report), use, report, global);
}

/** The names of the exports, for a pattern. */
function keysOf(quickjs: QuickJs): Value {
  return quickjs.evaluate('Object.keys(globalThis.__guest).join(", ")', PRELUDE_NAME);
}

const TIDY =
  'for (const name of ["__host", "__guest", "__answer", "__begin", "__report"]) delete globalThis[name];';

function hostObject(quickjs: QuickJs, names: readonly string[]): Value {
  const host = quickjs.newObject();
  for (const name of names) {
    const made = quickjs.newFunction(name);
    quickjs.setProperty(host, name, made);
    quickjs.release(made);
  }
  return host;
}
