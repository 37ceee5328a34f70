import {
  EXPORT_ALLOC,
  EXPORT_ARENA_TOP,
  GLOBAL_EXPORT_PREFIX,
  IMPORT_MODULE,
  SUSPENDING_IMPORTS,
} from "../../../assembly/abi.ts";
import { HttpBackgroundError } from "../../api/errors.ts";

/** Exports that every guest must have, and their kinds. Those of Asyncify come from Binaryen's pass. */
const REQUIRED_EXPORTS: readonly (readonly [name: string, kind: string])[] = [
  ["memory", "memory"],
  [EXPORT_ALLOC, "function"],
  ["asyncify_start_unwind", "function"],
  ["asyncify_stop_unwind", "function"],
  ["asyncify_start_rewind", "function"],
  ["asyncify_stop_rewind", "function"],
  ["asyncify_get_state", "function"],
];

/** Functions by module and name. */
export type Imports = Record<string, Record<string, (...args: number[]) => number | undefined>>;

/** A compiled guest, and what the host must know about it before it makes an instance. */
export class GuestModule {
  readonly module: WebAssembly.Module;
  /** Whether `confine` has rewritten it, because nobody trusts it. */
  readonly isConfined: boolean;
  /** Exports of the mutable globals. These and the memory are the whole state of a guest. */
  readonly globals: readonly string[];
  /** Whether a call changes only memory between the base and the top of the arena. */
  readonly hasArena: boolean;
  /** The import that suspends this guest; undefined if it imports none. */
  readonly suspendingImport: string | undefined;

  /**
   * @param allowedImports `module.name` of all functions that the host offers.
   * @throws HttpBackgroundError BAD_MODULE if the module cannot be suspended, or if it has other imports.
   */
  constructor(module: WebAssembly.Module, allowedImports: ReadonlySet<string>, isConfined = false) {
    const exports = WebAssembly.Module.exports(module);
    const imports = WebAssembly.Module.imports(module);
    for (const [name, kind] of REQUIRED_EXPORTS) {
      if (!exports.some((found) => found.name === name && found.kind === kind)) {
        throw new HttpBackgroundError("BAD_MODULE", `the module has no ${kind} export "${name}"`);
      }
    }
    for (const { module: from, name, kind } of imports) {
      if (kind !== "function" || !allowedImports.has(`${from}.${name}`)) {
        throw new HttpBackgroundError("BAD_MODULE", `the module imports the ${kind} "${from}.${name}"`);
      }
    }
    const exported = exports.filter(({ kind }) => kind === "global").map(({ name }) => name);
    this.module = module;
    this.isConfined = isConfined;
    this.globals = exported.filter((name) => name.startsWith(GLOBAL_EXPORT_PREFIX));
    this.hasArena = exported.includes(EXPORT_ARENA_TOP) && !isConfined;
    this.suspendingImport = imports.find(
      ({ module: from, name }) => from === IMPORT_MODULE && SUSPENDING_IMPORTS.includes(name),
    )?.name;
  }

  /** Makes an instance. @returns Its exports */
  instantiate(imports: Imports): Record<string, unknown> {
    return new WebAssembly.Instance(this.module, imports).exports;
  }
}

/** @throws HttpBackgroundError BAD_MODULE if the bytes are not a WebAssembly module. */
export async function compileModule(bytes: Uint8Array): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>);
  } catch (cause) {
    throw new HttpBackgroundError("BAD_MODULE", `not a WebAssembly module: ${(cause as Error).message}`, {
      cause,
    });
  }
}
