import { ByteWriter } from "./byte-writer.ts";
import { ByteReader, checkLimit, encodeU32, malformed } from "./bytes.ts";
import { CompileWork } from "./compile-work.ts";
import { type FunctionContext, FunctionMeter, type Insertion } from "./fuel.ts";
import { GuestCodes, type Metering } from "./guest-code.ts";
import { MOST } from "./limits.ts";
import type { ModuleReader } from "./module-reader.ts";
import type { OffsetRecorder } from "./offset-map.ts";
import { SECTION } from "./sections.ts";
import { readValueType, type Signature } from "./types.ts";

const I32 = 0x7f;
/** Declares one more local of type i32. */
const SCRATCH = Uint8Array.of(1, I32);

/** Writes the code section of a module, with metering. */
export class CodeWriter {
  readonly #source: ModuleReader;
  readonly #offsets: OffsetRecorder;
  readonly #written = new ByteWriter();
  readonly #context: FunctionContext;

  constructor(source: ModuleReader, metering: Metering, offsets: OffsetRecorder) {
    this.#source = source;
    this.#context = { codes: new GuestCodes(metering), source, work: new CompileWork() };
    this.#offsets = offsets;
  }

  /** Returns the content of the section, to which the offsets are relative; undefined if there is no code. */
  write(): Buffer | undefined {
    const place = this.#source.placeOf(SECTION.code);
    if (place === undefined) return undefined;
    const reader = new ByteReader(this.#source.bytes, place.start, place.end);
    const count = reader.u32();
    if (count !== this.#source.functions.length) throw malformed("functions and their code do not match");
    this.#written.u32(count);
    for (const [index, signature] of this.#source.functions.entries()) {
      const size = reader.u32();
      const body = new ByteReader(this.#source.bytes, reader.pos, reader.pos + size);
      reader.skip(size);
      this.#writeFunction(body, signature, index);
    }
    reader.checkEnd();
    return this.#written.finish();
  }

  #writeFunction(body: ByteReader, signature: Signature, index: number): void {
    const groups = body.count(MOST.locals);
    const start = body.pos;
    const locals = signature.parameters.length + skipLocals(body, groups);
    checkLimit(locals, MOST.locals);
    const codeStart = body.pos;
    this.#offsets.addFunction(codeStart);
    const insertions = new FunctionMeter({ reader: body, signature, locals, index }, this.#context).run();
    let inserted = 0;
    for (const { bytes } of insertions) inserted += bytes.length;
    const head = encodeU32(groups + 1).length;
    this.#written.u32(head + (body.end - start) + SCRATCH.length + inserted);
    this.#written.u32(groups + 1);
    this.#written.copy(this.#source.bytes, start, codeStart);
    this.#written.put(SCRATCH);
    this.#merge(insertions, codeStart, body.end);
  }

  /** The code from `start` to `end`, with the insertions. */
  #merge(insertions: readonly Insertion[], start: number, end: number): void {
    let from = start;
    for (const { at, bytes } of insertions) {
      this.#copy(from, at);
      this.#written.put(bytes);
      from = at;
    }
    this.#copy(from, end);
  }

  #copy(from: number, to: number): void {
    this.#offsets.add(this.#written.length, from);
    this.#written.copy(this.#source.bytes, from, to);
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
