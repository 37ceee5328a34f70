import { dirname, join } from "node:path/posix";
import { EvalFlags, JSException, type JSValueHandle, QuickJS } from "quickjs-wasi";
import { readQuickJsWasm } from "../../host/guest/javascript/quickjs-wasm.ts";
import { ENDED, MEMORY_PAGES, MOST_MS, type Player, WAITS } from "./player.ts";
import type { Program } from "./program.ts";

const LIBRARY = "http-background/guest";
const STACK_SIZE = 512 * 1024;
const PAGE_SIZE = 65_536;
const PENDING = 0;

/** Plays programs in the engine as its makers publish it, with their own host. Each one has an engine of its own. */
export async function createBarePlayer(): Promise<Player> {
  const module = await WebAssembly.compile((await readQuickJsWasm()) as Uint8Array<ArrayBuffer>);
  return {
    name: "bare",
    play: (program) => playBare(module, program),
    close: async () => {},
  };
}

async function playBare(wasm: WebAssembly.Module, { modules, args }: Program): Promise<string[]> {
  const texts = new Map([[LIBRARY, "export const { args, echo } = globalThis.own;"], ...modules]);
  const lines: string[] = [];
  const endsAt = performance.now() + MOST_MS;
  const vm = await QuickJS.create({
    wasm,
    memoryLimit: MEMORY_PAGES * PAGE_SIZE,
    maxStackSize: STACK_SIZE,
    timezoneOffset: 0,
    interruptHandler: () => performance.now() > endsAt,
    moduleLoader: {
      normalize: (from: string, name: string) => (name.startsWith(".") ? join(dirname(from), name) : name),
      load: (name: string) => {
        const text = texts.get(name);
        if (text === undefined)
          throw new TypeError(`there is no module ${name}; a script loads its modules when it is loaded`);
        return text;
      },
    },
  });
  try {
    addLibrary(vm, args, lines);
    const [[name, text]] = modules as [[string, string]];
    const ended = vm.evalCode(text, name, EvalFlags.TYPE_MODULE);
    while (vm.executePendingJobs() > 0);
    if (ended.promiseState === PENDING) return [...lines, WAITS];
    const end = await vm.resolvePromise(ended);
    if ("error" in end) lines.push(`${ENDED} ${classOf(end.error)}`);
  } catch (error) {
    lines.push(`${ENDED} ${error instanceof JSException ? classOf(error.handle) : (error as Error).name}`);
  }
  return lines;
}

/** What scripts import from us, as far as programs use it. */
function addLibrary(vm: QuickJS, args: readonly string[], lines: string[]): void {
  const library = vm.newObject();
  const list = args.reduce((array, arg, i) => {
    array.setProp(String(i), vm.newString(arg));
    return array;
  }, vm.newArray());
  library.setProp(
    "args",
    vm.newFunction("args", () => list),
  );
  library.setProp(
    "echo",
    vm.newFunction("echo", (line) => {
      lines.push((line as JSValueHandle).toString());
      return vm.undefined;
    }),
  );
  vm.setProp(vm.global, "own", library);
}

function classOf(value: JSValueHandle): string {
  return value.isObject ? value.getProp("constructor").getProp("name").toString() : value.typeof;
}
