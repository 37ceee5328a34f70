import { confine } from "../confine/confine.ts";
import { compileModule, GuestModule, type GuestRules } from "../engine/module.ts";
import type { Pristine } from "../engine/pristine.ts";
import { boundMemory } from "./bounded.ts";
import { javaScriptKind, STACK_POINTER } from "./javascript-suspension.ts";

/** How the engine is held: confined, so that it pays for what it runs, or under a watchdog, at its own speed. */
export interface EngineRules {
  readonly isConfined: boolean;
  /** Maximum number of pages of its memory. */
  readonly memoryPages: number;
}

/** The engine as every thread needs it: its module, and its image. */
export interface EngineImage {
  /** Different for each image. */
  readonly id: string;
  readonly module: WebAssembly.Module;
  readonly isConfined: boolean;
  readonly pristine: Pristine;
  /** Where the roots are. */
  readonly roots: number;
}

/** Compiles the engine. */
export function compileEngine(
  wasm: Uint8Array,
  { isConfined, memoryPages }: EngineRules,
): Promise<WebAssembly.Module> {
  const bytes = Buffer.from(wasm);
  return compileModule(isConfined ? confine(bytes, { memoryPages }).bytes : boundMemory(bytes, memoryPages));
}

/** The engine as a guest. Without an image, it is as its module begins. */
export function engineGuest(
  module: WebAssembly.Module,
  isConfined: boolean,
  image?: Pick<EngineImage, "pristine" | "roots">,
): GuestModule {
  const imports = WebAssembly.Module.imports(module).map(({ module: from, name }) => `${from}.${name}`);
  const rules: GuestRules = {
    imports: new Set(imports),
    kind: javaScriptKind(image?.roots ?? 0),
    allocator: "wasm_malloc",
    globals: [STACK_POINTER],
    pristine: image && { ...image.pristine, memory: bufferOf(image.pristine.memory) },
    isConfined,
    isPolling: !isConfined,
  };
  return new GuestModule(module, rules);
}

/** Another thread has got it without its class. */
function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
