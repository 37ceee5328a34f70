import { readFileSync } from "node:fs";
import { instantiateSync } from "@assemblyscript/loader";
import { inRoot } from "./root.ts";

type Exports = {
  memory: WebAssembly.Memory;
  alloc(size: number): number;
  transcode(ptr: number, length: number): number;
  decode(ptr: number, length: number): number;
  encode(ptr: number, length: number): number;
};

/** The guest's readers and writers of values, alone in a wasm module (`test/assembly/values.ts`). */
export class Values {
  readonly #exports: Exports;

  constructor(path: "dist/test/values.wasm" | "dist/test/values.debug.wasm") {
    this.#exports = instantiateSync<Exports>(readFileSync(inRoot(path))).exports;
  }

  /** Reads MessagePack and writes it again; undefined if the guest says that it is malformed. */
  transcode(bytes: Uint8Array): Buffer | undefined {
    const record = this.#exports.transcode(this.#put(bytes), bytes.length);
    return record === 0 ? undefined : this.#take(record);
  }

  /** Decodes UTF-8 to text. */
  decode(bytes: Uint8Array): string {
    return this.#take(this.#exports.decode(this.#put(bytes), bytes.length)).toString("utf16le");
  }

  /** Encodes text as MessagePack. */
  encode(text: string): Buffer {
    const units = Buffer.from(text, "utf16le");
    return this.#take(this.#exports.encode(this.#put(units), units.length));
  }

  #put(bytes: Uint8Array): number {
    const ptr = this.#exports.alloc(bytes.length);
    Buffer.from(this.#exports.memory.buffer).set(bytes, ptr);
    return ptr;
  }

  #take(record: number): Buffer {
    const memory = Buffer.from(this.#exports.memory.buffer);
    const size = memory.readUInt32LE(record);
    return Buffer.from(memory.subarray(record + 4, record + 4 + size));
  }
}

/** The builds. All must read and write the same. */
export const VALUES: readonly [name: string, values: Values][] = [
  ["release", new Values("dist/test/values.wasm")],
  ["debug", new Values("dist/test/values.debug.wasm")],
];
