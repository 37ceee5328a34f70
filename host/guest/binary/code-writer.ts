import { ByteReader, encodeU32, refused } from "./bytes.ts";
import { FunctionMeter, type Metering } from "./fuel.ts";
import { type ModuleReader, SECTION } from "./module-reader.ts";
import type { OffsetMap } from "./offset-map.ts";

const I32 = 0x7f;
/**
 * Most of what makes a compiler slow: locals times branches, of all functions together. It is some 2 seconds of V8's baseline
 * compiler, which works when a function is first called, with the event loop waiting. Compilers of languages stay far below.
 */
export const MOST_COMPILE_WORK = 2 ** 26;
/** Declares one more local, of type i32. */
const SCRATCH = Buffer.from([1, I32]);

/** Writes the code section of a module, metered. */
export class CodeWriter {
  private readonly source: ModuleReader;
  private readonly metering: Metering;
  private readonly offsets: OffsetMap;
  private readonly chunks: Buffer[] = [];
  private written = 0;
  private work = 0;

  constructor(source: ModuleReader, metering: Metering, offsets: OffsetMap) {
    this.source = source;
    this.metering = metering;
    this.offsets = offsets;
  }

  /** The content of the section, which is the base of the offsets; undefined if there is no code. */
  write(): Buffer | undefined {
    const place = this.source.sections.get(SECTION.code);
    if (place === undefined) return undefined;
    const reader = new ByteReader(this.source.bytes, place.start, place.end);
    const count = reader.u32();
    this.push(Buffer.from(encodeU32(count)));
    for (let index = 0; index < count; index++) {
      const size = reader.u32();
      const body = new ByteReader(this.source.bytes, reader.pos, reader.pos + size);
      reader.skip(size);
      this.writeFunction(body, this.source.functions[index]?.parameters.length ?? 0);
    }
    return Buffer.concat(this.chunks);
  }

  private writeFunction(body: ByteReader, parameters: number): void {
    const groups = body.u32();
    const start = body.pos;
    const locals = skipLocals(body, groups);
    const codeStart = body.pos;
    this.offsets.addFunction(codeStart);
    const meter = new FunctionMeter(body, parameters + locals, this.metering);
    const insertions = meter.run();
    this.countWork((parameters + locals) * meter.branches);
    const inserted = insertions.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const head = Buffer.from(encodeU32(groups + 1));
    const size = head.length + (body.end - start) + SCRATCH.length + inserted;
    this.push(Buffer.from(encodeU32(size)), head, this.slice(start, codeStart), SCRATCH);
    let from = codeStart;
    for (const { at, bytes } of insertions) {
      this.copy(from, at);
      this.push(Buffer.from(bytes));
      from = at;
    }
    this.copy(from, body.end);
  }

  private countWork(work: number): void {
    this.work += work;
    if (this.work > MOST_COMPILE_WORK) throw refused("has too many branches in functions with many locals");
  }

  private copy(from: number, to: number): void {
    this.offsets.add(this.written, from);
    this.push(this.slice(from, to));
  }

  private slice(from: number, to: number): Buffer {
    return this.source.bytes.subarray(from, to);
  }

  private push(...chunks: Buffer[]): void {
    for (const chunk of chunks) {
      this.chunks.push(chunk);
      this.written += chunk.length;
    }
  }
}

function skipLocals(reader: ByteReader, groups: number): number {
  let count = 0;
  for (let left = groups; left > 0; left--) {
    count += reader.u32();
    reader.skip(1);
  }
  return count;
}
