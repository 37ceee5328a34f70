import { instantiateSync } from "@assemblyscript/loader";
import {
  ABI_SECTION,
  ABI_VERSION,
  EXPORT_ALLOC,
  EXPORT_ARENA_TOP,
  GLOBAL_EXPORT_PREFIX,
} from "../../../assembly/abi.ts";
import { HttpBackgroundError } from "../../api/errors.ts";
import type { Pristine } from "./pristine.ts";
import type { SuspensionKind } from "./suspension-kind.ts";

/** Functions by module and name. */
export type Imports = Record<string, Record<string, (...args: number[]) => number | undefined>>;

/** What a module must be. */
export interface GuestRules {
  /** `module.name` of all functions that the host offers. */
  readonly imports: ReadonlySet<string>;
  /** How the guest waits for answers. */
  readonly kind: SuspensionKind;
  /** Whether `confine` has rewritten it, because nobody trusts it. @default false */
  readonly isConfined?: boolean;
  /** The export that reserves bytes. @default that of our ABI */
  readonly allocator?: string;
  /** Further exports of mutable globals. @default none */
  readonly globals?: readonly string[];
  /** The state before any call, if it is not the one that the module starts with. */
  readonly pristine?: Pristine | undefined;
  /** Whether it is not confined, and asks the host from time to time whether it may go on. @default false */
  readonly isPolling?: boolean;
}

/** The version of the ABI of a module that names none: it is from the time when there was only one. */
const FIRST_VERSION = "1";

/** A compiled guest, and what the host must know about it before it makes an instance. */
export class GuestModule {
  readonly module: WebAssembly.Module;
  readonly kind: SuspensionKind;
  /** Whether `confine` has rewritten it, because nobody trusts it. */
  readonly isConfined: boolean;
  /** Whether its time is checked. */
  readonly isTimed: boolean;
  readonly allocator: string;
  readonly pristine: Pristine | undefined;
  /** Exports of the mutable globals. These and the memory are the whole state of a guest. */
  readonly globals: readonly string[];
  /** Whether a call changes only memory between the base and the top of the arena, and waits without this memory. */
  readonly hasArena: boolean;

  /** @throws HttpBackgroundError BAD_MODULE if the module cannot be suspended in this way, or if it has other imports. */
  constructor(module: WebAssembly.Module, rules: GuestRules) {
    const { imports, kind, isConfined = false, allocator = EXPORT_ALLOC, isPolling = false } = rules;
    const exports = WebAssembly.Module.exports(module);
    requireExport(exports, "memory", "memory");
    for (const name of [allocator, ...kind.functions]) requireExport(exports, name, "function");
    for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
      if (kind !== "function" || !imports.has(`${from}.${name}`)) {
        throw new HttpBackgroundError("BAD_MODULE", `the module imports the ${kind} "${from}.${name}"`);
      }
    }
    const globals = exports.filter((entry) => entry.kind === "global").map(({ name }) => name);
    this.module = module;
    this.kind = kind;
    this.isConfined = isConfined;
    this.isTimed = isConfined || isPolling;
    this.allocator = allocator;
    this.pristine = rules.pristine;
    const others = isConfined ? [] : (rules.globals ?? []);
    this.globals = globals.filter((name) => name.startsWith(GLOBAL_EXPORT_PREFIX) || others.includes(name));
    this.hasArena = globals.includes(EXPORT_ARENA_TOP) && !isConfined;
  }

  /** Makes an instance. @returns Its exports */
  instantiate(imports: Imports): Record<string, unknown> {
    // The loader parses the names of exports, and writes to the objects to which they lead: only names that we trust.
    if (this.isTimed) return new WebAssembly.Instance(this.module, imports).exports;
    return instantiateSync(this.module, imports).instance.exports;
  }
}

function requireExport(
  exports: ReturnType<typeof WebAssembly.Module.exports>,
  name: string,
  kind: string,
): void {
  if (exports.some((found) => found.name === name && found.kind === kind)) return;
  throw new HttpBackgroundError("BAD_MODULE", `the module has no ${kind} export "${name}"`);
}

/** @throws HttpBackgroundError BAD_MODULE if the module was built for a host with another ABI. */
export function checkAbiVersion(module: WebAssembly.Module): void {
  const [section] = WebAssembly.Module.customSections(module, ABI_SECTION);
  const version = section === undefined ? FIRST_VERSION : Buffer.from(section).toString("latin1");
  if (version === String(ABI_VERSION)) return;
  throw new HttpBackgroundError(
    "BAD_MODULE",
    `the module has version ${JSON.stringify(version)} of the ABI, and this host has ${JSON.stringify(String(ABI_VERSION))}`,
  );
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
