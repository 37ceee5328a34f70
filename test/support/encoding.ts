import { readFileSync } from "node:fs";
import { instantiateSync } from "@assemblyscript/loader";
import { ENCODER_STATE_SIZE } from "../../assembly/abi.ts";
import { inRoot } from "./root.ts";

/** The exports of `test/assembly/encoding.ts`. */
type EncodingExports = {
  memory: { buffer: ArrayBuffer; grow(pages: number): number };
  encode: EncodeFunction;
  encodeScalar: EncodeFunction;
  encodedLength(encoder: number, length: bigint): bigint;
  encodeBound(encoder: number, length: number): number;
  findEncoder(name: number, length: number): number;
  encoderNumber(row: number): number;
  nameOf(row: number, dst: number): number;
};

type EncodeFunction = (
  encoder: number,
  state: number,
  src: number,
  length: number,
  last: number,
  dst: number,
) => number;

/** The encoded chunk. `failed` is true if the encoder refuses the byte after the encoded ones. */
export interface Encoded {
  bytes: Buffer;
  failed: boolean;
}

const PAGE = 0x10000;
const GUARD = 0xa5;
const GUARD_SIZE = 64;

/**
 * The guest's encoders, alone in a wasm module. The input is at the end of the memory, so that a read beyond it traps.
 * The output has exactly the room that `encodeBound` asks for. Guard bytes show whether more is written.
 */
export class Encoding {
  readonly exports: EncodingExports;
  readonly #encode: EncodeFunction;
  /** All memory below this address belongs to the module. */
  readonly #base: number;

  constructor(build: Build, twin: Twin) {
    const module = readFileSync(inRoot(build));
    this.exports = instantiateSync<EncodingExports>(module).exports;
    this.#encode = this.exports[twin];
    this.#base = this.exports.memory.buffer.byteLength;
  }

  /** Encodes a whole body, which comes in these chunks. */
  encode(encoder: number, ...chunks: Uint8Array[]): Encoded {
    const push = this.start(encoder);
    const encoded: Buffer[] = [];
    for (const [index, chunk] of chunks.entries()) {
      const { bytes, failed } = push(chunk, index === chunks.length - 1);
      encoded.push(bytes);
      if (failed) return { bytes: Buffer.concat(encoded), failed };
    }
    return { bytes: Buffer.concat(encoded), failed: false };
  }

  /** Begins a body, which is encoded chunk by chunk. Between two chunks, the state is kept outside the guest. */
  start(encoder: number): (chunk: Uint8Array, last: boolean) => Encoded {
    let state: Uint8Array = new Uint8Array(ENCODER_STATE_SIZE);
    return (chunk, last) => {
      const { encoded, after } = this.#push(encoder, state, chunk, last);
      state = after;
      if (last && !encoded.failed && state.some((byte) => byte !== 0)) throw new Error("a state is left");
      return encoded;
    };
  }

  // guard | state | guard | output | guard | … | input up to the end of the memory
  #push(encoder: number, before: Uint8Array, chunk: Uint8Array, last: boolean) {
    const bound = this.exports.encodeBound(encoder, chunk.length);
    const state = this.#base + GUARD_SIZE;
    const output = state + ENCODER_STATE_SIZE + GUARD_SIZE;
    const memory = this.#reserve(output + bound + GUARD_SIZE + chunk.length);
    const input = memory.length - chunk.length;
    memory.fill(GUARD, this.#base, output + bound + GUARD_SIZE);
    memory.set(before, state);
    memory.set(chunk, input);
    const result = this.#encode(encoder, state, input, chunk.length, last ? 1 : 0, output);
    const failed = result < 0;
    const length = failed ? -1 - result : result;
    for (const start of [this.#base, output - GUARD_SIZE, output + bound]) {
      const guard = memory.subarray(start, start + GUARD_SIZE);
      if (guard.some((byte) => byte !== GUARD)) throw new Error("written past the output");
    }
    if (length > bound) throw new Error(`${length} bytes encoded, in a room of ${bound}`);
    const bytes = Buffer.from(memory.subarray(output, output + length));
    return { encoded: { bytes, failed }, after: memory.slice(state, state + ENCODER_STATE_SIZE) };
  }

  /** Grows the memory to `end` bytes. Returns the whole memory. */
  #reserve(end: number): Uint8Array {
    const { memory } = this.exports;
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    return new Uint8Array(memory.buffer);
  }

  /** The row of the encoder with this name, or -1. */
  find(name: string): number {
    const bytes = Buffer.from(name, "latin1");
    const memory = this.#reserve(this.#base + PAGE);
    memory.set(bytes, memory.length - bytes.length);
    return this.exports.findEncoder(memory.length - bytes.length, bytes.length);
  }

  /** The name of a row's encoder in a header. */
  nameOf(row: number): string {
    const memory = this.#reserve(this.#base + PAGE);
    const length = this.exports.nameOf(row, this.#base);
    return Buffer.from(memory.buffer, this.#base, length).toString("latin1");
  }
}

type Build = "dist/test/encoding.wasm" | "dist/test/encoding.debug.wasm";
type Twin = "encode" | "encodeScalar";

/** All variants. They must give the same bytes. */
export const ENCODINGS: readonly [name: string, encoding: Encoding][] = [
  ["release, SIMD", new Encoding("dist/test/encoding.wasm", "encode")],
  ["release, scalar", new Encoding("dist/test/encoding.wasm", "encodeScalar")],
  ["debug, SIMD", new Encoding("dist/test/encoding.debug.wasm", "encode")],
  ["debug, scalar", new Encoding("dist/test/encoding.debug.wasm", "encodeScalar")],
];
