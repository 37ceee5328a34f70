import { ByteReader, checkLimit, encodeU32, malformed } from "./bytes.ts";
import { CompileWork } from "./compile-work.ts";
import { type FunctionContext, FunctionMeter, type Insertion } from "./fuel.ts";
import type { Metering } from "./guest-code.ts";
import { MOST } from "./limits.ts";
import type { ModuleReader } from "./module-reader.ts";
import type { OffsetMap } from "./offset-map.ts";
import { SECTION } from "./sections.ts";
import { readValueType, type Signature } from "./types.ts";

const I32 = 0x7f;
/** Declares one more local of type i32. */
const SCRATCH = Buffer.from([1, I32]);
const NOTHING = new Uint8Array();

/** Writes the code section of a module, with metering. */
export class CodeWriter {
  readonly #source: ModuleReader;
  readonly #offsets: OffsetMap;
  readonly #chunks: Buffer[] = [];
  readonly #context: FunctionContext;
  #written = 0;

  constructor(source: ModuleReader, metering: Metering, offsets: OffsetMap) {
    this.#source = source;
    this.#context = { metering, source, work: new CompileWork() };
    this.#offsets = offsets;
  }

  /** Returns the content of the section, to which the offsets are relative; undefined if there is no code. */
  write(): Buffer | undefined {
    const place = this.#source.placeOf(SECTION.code);
    if (place === undefined) return undefined;
    const reader = new ByteReader(this.#source.bytes, place.start, place.end);
    const count = reader.u32();
    if (count !== this.#source.functions.length) throw malformed("functions and their code do not match");
    this.#push(Buffer.from(encodeU32(count)));
    for (const [index, signature] of this.#source.functions.entries()) {
      const size = reader.u32();
      const body = new ByteReader(this.#source.bytes, reader.pos, reader.pos + size);
      reader.skip(size);
      this.#writeFunction(body, signature, index);
    }
    reader.checkEnd();
    return Buffer.concat(this.#chunks);
  }

  #writeFunction(body: ByteReader, signature: Signature, index: number): void {
    const groups = body.u32();
    const start = body.pos;
    const locals = signature.parameters.length + skipLocals(body, groups);
    checkLimit(locals, MOST.locals);
    const codeStart = body.pos;
    this.#offsets.addFunction(codeStart);
    const insertions = new FunctionMeter({ reader: body, signature, locals, index }, this.#context).run();
    const inserted = insertions.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const head = Buffer.from(encodeU32(groups + 1));
    const size = head.length + (body.end - start) + SCRATCH.length + inserted;
    this.#push(Buffer.from(encodeU32(size)), head, this.#slice(start, codeStart), SCRATCH);
    this.#push(this.#merge(insertions, codeStart, body.end));
  }

  /** The code from `start` to `end`, with the insertions. */
  #merge(insertions: readonly Insertion[], start: number, end: number): Buffer {
    const inserted = insertions.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const merged = Buffer.allocUnsafe(end - start + inserted);
    let written = 0;
    let from = start;
    for (const { at, bytes } of [...insertions, { at: end, bytes: NOTHING }]) {
      this.#offsets.add(this.#written + written, from);
      written += this.#source.bytes.copy(merged, written, from, at);
      merged.set(bytes, written);
      written += bytes.length;
      from = at;
    }
    return merged;
  }

  #slice(from: number, to: number): Buffer {
    return this.#source.bytes.subarray(from, to);
  }

  #push(...chunks: Buffer[]): void {
    for (const chunk of chunks) {
      this.#chunks.push(chunk);
      this.#written += chunk.length;
    }
  }
}

function skipLocals(reader: ByteReader, groups: number): number {
  let count = 0;
  for (let left = groups; left > 0; left--) {
    count += reader.u32();
    readValueType(reader);
  }
  return count;
}
