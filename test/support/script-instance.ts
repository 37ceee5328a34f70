import { instantiateSync } from "@assemblyscript/loader";
import { EXPORT_ALLOC, GLOBAL_EXPORT_PREFIX } from "../../assembly/abi.ts";

export type Imports = Record<string, (...args: number[]) => unknown>;
type Export = (...args: number[]) => number;

/** The whole state of a script. */
export interface Parked {
  memory: Buffer;
  globals: (number | bigint)[];
}

/** An instance of a script. Runs use it one after the other. While no run uses it, it is pristine. */
export class ScriptInstance {
  static readonly #free = new WeakMap<WebAssembly.Module, ScriptInstance[]>();

  /** The imports of the run that uses the instance now. */
  #imports: Imports = {};
  readonly #module: WebAssembly.Module;
  readonly #exports: Record<string, unknown>;
  readonly #globals: WebAssembly.Global<"i32" | "i64">[];
  readonly #pristine: Parked;

  private constructor(module: WebAssembly.Module) {
    this.#module = module;
    const env: Imports = {};
    const own: Imports = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      (from === "env" ? env : own)[name] = (...args) => this.#imports[name]?.(...args);
    }
    this.#exports = instantiateSync(module, { env, http_background: own }).instance.exports;
    const names = Object.keys(this.#exports).filter((name) => name.startsWith(GLOBAL_EXPORT_PREFIX));
    this.#globals = names.map((name) => this.#exports[name] as WebAssembly.Global<"i32" | "i64">);
    this.#pristine = this.park();
  }

  static take(module: WebAssembly.Module, imports: Imports): ScriptInstance {
    const instance = ScriptInstance.#free.get(module)?.pop() ?? new ScriptInstance(module);
    instance.#imports = imports;
    return instance;
  }

  /** A view that is invalid after the memory grows. */
  get bytes(): Buffer {
    return Buffer.from((this.#exports.memory as WebAssembly.Memory).buffer);
  }

  call(name: string, ...args: number[]): number {
    const entry = this.#exports[name] as Export | undefined;
    if (entry === undefined) throw new Error(`the script exports no ${name}`);
    return entry(...args);
  }

  alloc(size: number): number {
    return this.call(EXPORT_ALLOC, size);
  }

  putRecord(bytes: Uint8Array): number {
    const record = this.alloc(4 + bytes.length);
    this.bytes.writeUInt32LE(bytes.length, record);
    this.bytes.set(bytes, record + 4);
    return record;
  }

  park(): Parked {
    return { memory: Buffer.from(this.bytes), globals: this.#globals.map(({ value }) => value) };
  }

  unpark({ memory, globals }: Parked): void {
    const missing = memory.length - this.bytes.length;
    if (missing > 0) (this.#exports.memory as WebAssembly.Memory).grow(missing / 65_536);
    this.bytes.fill(0, memory.length).set(memory);
    for (const [i, global] of this.#globals.entries()) global.value = globals[i] as never;
  }

  /** Called when no run uses it any more. It makes the instance pristine, except that it may have more memory. */
  release(): void {
    this.unpark(this.#pristine);
    const free = ScriptInstance.#free.get(this.#module);
    if (free === undefined) ScriptInstance.#free.set(this.#module, [this]);
    else free.push(this);
  }
}
