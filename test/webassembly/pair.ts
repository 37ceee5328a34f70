import { HttpBackgroundError } from "../../host/api/errors.ts";
import { confine, EXPORT_START } from "../../host/guest/confine/confine.ts";
import { assembleText, fuelOf } from "../support/confined.ts";
import { moduleOf, sectionsOf } from "../support/wasm-bytes.ts";

type Exports = Readonly<Record<string, unknown>>;
export type Ending = { readonly exports: Exports } | { readonly error: Error };
type Imports = Record<string, Exports>;

const SECTION_MEMORY = 5;
const NO_PAGES = Buffer.of(1, 0, 0);
/** As much memory as there can be, so that a memory grows as it does in a module that is not confined. */
const ALL_PAGES = 65_536;
const PLENTY = 2 ** 31 - 1;

/** The exports of the same module twice: as it is, and confined. */
export interface Pair {
  readonly plain: Exports;
  readonly confined: Exports;
}

/** Why there is no pair of a module. */
export class Refusal {
  readonly why: string;
  constructor(why: string) {
    this.why = why;
  }
}

/**
 * Makes instances in two worlds: the modules of one import only from each other. A module that is refused is in neither.
 */
export class Pairs {
  readonly #plain: Imports = { spectest: spectest() };
  readonly #confined: Imports = { spectest: spectest() };
  readonly #fuel: WebAssembly.Global<"i32">[] = [];

  /** @returns how each of the two ends */
  make(wasm: Buffer): { plain: Ending; confined: Ending } | Refusal {
    const confined = confineWithMemory(wasm);
    if (confined instanceof Refusal) return confined;
    return {
      plain: endingOf(() => instantiate(wasm, this.#plain)),
      confined: endingOf(() => this.#startConfined(confined)),
    };
  }

  register(name: string, { plain, confined }: Pair): void {
    this.#plain[name] = plain;
    this.#confined[name] = confined;
  }

  /** Gives fuel to all modules. */
  refuel(): void {
    for (const fuel of this.#fuel) fuel.value = PLENTY;
  }

  #startConfined(wasm: Buffer): Exports {
    const exports = instantiate(wasm, this.#confined);
    this.#fuel.push(fuelOf(exports));
    this.refuel();
    (exports[EXPORT_START] as (() => void) | undefined)?.();
    return exports;
  }
}

function endingOf(make: () => Exports): Ending {
  try {
    return { exports: make() };
  } catch (error) {
    return { error: error as Error };
  }
}

function instantiate(wasm: Buffer, imports: Imports): Exports {
  const module = new WebAssembly.Module(wasm as Buffer<ArrayBuffer>);
  return new WebAssembly.Instance(module, imports).exports;
}

function confineWithMemory(wasm: Buffer): Buffer | Refusal {
  return tryToConfine(withMemory(wasm));
}

export function tryToConfine(wasm: Buffer): Buffer | Refusal {
  try {
    return confine(wasm, { memoryPages: ALL_PAGES }).bytes;
  } catch (error) {
    if (error instanceof HttpBackgroundError) return new Refusal(error.message);
    throw error;
  }
}

/** The module with a memory, because every guest must have one. */
export function withMemory(wasm: Buffer): Buffer {
  const sections = sectionsOf(wasm);
  if (sections.some(({ id }) => id === SECTION_MEMORY)) return wasm;
  const at = sections.findLastIndex(({ id }) => id > 0 && id < SECTION_MEMORY) + 1;
  return moduleOf(sections.toSpliced(at, 0, { id: SECTION_MEMORY, content: NO_PAGES }));
}

const PRINTS = ["", "i32", "i64", "f32", "f64", "i32 f32", "f64 f64"];

/** What the modules of the suite may import. */
function spectest(): Exports {
  const prints = PRINTS.map((types) => {
    const name = ["print", ...types.split(" ").filter((type) => type !== "")].join("_");
    return `(func (export "${name}") (param ${types}))`;
  });
  return instantiate(
    assembleText(`${prints.join(" ")}
      (memory (export "memory") 1 2) (table (export "table") 10 20 funcref)
      (global (export "global_i32") i32 (i32.const 666)) (global (export "global_i64") i64 (i64.const 666))
      (global (export "global_f32") f32 (f32.const 666.6)) (global (export "global_f64") f64 (f64.const 666.6))`),
    {},
  );
}
