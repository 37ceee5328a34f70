import { type Confined, confine, EXPORT_FUEL } from "../../host/guest/confine/confine.ts";
import { assemble } from "./assemble.ts";

export const LIMITS = { memoryPages: 4 };
export const MEMORY = '(memory (export "memory") 1)';

export type Exports = Record<string, (...args: number[]) => number> & { [name: string]: unknown };

/** Assembles a module from its text, without confining it. */
export function assembleText(wat: string): Buffer {
  return Buffer.from(assemble(wat, { isSuspendable: false, hasReferences: true }));
}

export function confineText(wat: string): Confined {
  return confine(assembleText(wat), LIMITS);
}

export function instantiate(bytes: Buffer, imports = {}): Exports {
  const module = new WebAssembly.Module(bytes as Buffer<ArrayBuffer>);
  return new WebAssembly.Instance(module, imports).exports as Exports;
}

export function fuelOf(exports: object): WebAssembly.Global<"i32"> {
  return (exports as Record<string, WebAssembly.Global<"i32">>)[EXPORT_FUEL] as WebAssembly.Global<"i32">;
}

/** An instance with this much fuel. It traps when the fuel is used up. */
export function fuelled(module: string | Buffer, units: number): Exports {
  const { bytes } = typeof module === "string" ? confineText(`${MEMORY} ${module}`) : confine(module, LIMITS);
  const exports = instantiate(bytes);
  fuelOf(exports).value = units;
  return exports;
}

/** The cost of a call of `run` that is not the first call. */
export function costOf(module: string | Buffer, ...args: number[]): number {
  const units = 2 ** 30;
  const exports = fuelled(module, units);
  exports.run?.(...args);
  fuelOf(exports).value = units;
  exports.run?.(...args);
  return units - fuelOf(exports).value;
}
