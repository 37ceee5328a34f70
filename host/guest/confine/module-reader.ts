import { ByteReader, checkLimit, malformed, refused } from "./bytes.ts";
import { MOST } from "./limits.ts";
import {
  type Export,
  type Global,
  KINDS,
  readDataSegment,
  readElementSegment,
  readExport,
  readGlobal,
  readSizeLimits,
  readTable,
  type Segment,
  type SizeLimits,
} from "./module-parts.ts";
import { findSections, type Place, SECTION } from "./sections.ts";
import { readSignature, type Signature } from "./types.ts";

export interface Import {
  readonly module: string;
  readonly name: string;
  readonly signature: Signature;
}

/**
 * Reads the original module: every byte, except the code, of which it finds only the places. Everything that is not
 * known is refused, and nothing is skipped. New versions of V8 understand new features. If only V8 understood a part of
 * a module, code in it would run unchecked.
 */
export class ModuleReader {
  readonly bytes: Buffer;
  readonly types: readonly Signature[];
  readonly imports: readonly Import[];
  /** The signatures of the functions that are not imported, in order. */
  readonly functions: readonly Signature[];
  readonly tables: readonly SizeLimits[];
  readonly memories: readonly SizeLimits[];
  readonly globals: readonly Global[];
  readonly exports: readonly Export[];
  /** The function that runs when an instance is made. */
  readonly start: number | undefined;
  readonly #sections: ReadonlyMap<number, Place>;

  /**
   * @throws HttpBackgroundError BAD_MODULE if it is malformed, has too much, or uses something that is not supported
   */
  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#sections = findSections(bytes);
    this.types = this.#read(SECTION.type, MOST.types, readSignature);
    this.imports = this.#read(SECTION.import, MOST.imports, (reader) => this.#readImport(reader));
    this.functions = this.#read(SECTION.function, MOST.functions, (reader) => this.typeAt(reader.u32()));
    this.tables = this.#read(SECTION.table, MOST.tables, readTable);
    this.memories = this.#read(SECTION.memory, MOST.memories, readSizeLimits);
    this.globals = this.#read(SECTION.global, MOST.globals, readGlobal);
    this.exports = this.#read(SECTION.export, MOST.exports, readExport);
    this.start = this.#readNumber(SECTION.start);
    this.#readNumber(SECTION.dataCount);
    const elements = this.#read(SECTION.element, MOST.elementSegments, readElementSegment);
    const data = this.#read(SECTION.data, MOST.dataSegments, readDataSegment);
    this.#checkSums([...elements, ...data]);
  }

  /** The position of the content of a section; undefined if there is no such section. */
  placeOf(section: number): Place | undefined {
    return this.#sections.get(section);
  }

  /** The content of a section; undefined if there is no such section. */
  content(section: number): Buffer | undefined {
    const place = this.#sections.get(section);
    return place && this.bytes.subarray(place.start, place.end);
  }

  /** The signature of a function by its index. Imported functions come first. */
  signatureOf(index: number): Signature {
    const signature = this.imports[index]?.signature ?? this.functions[index - this.imports.length];
    if (signature === undefined) throw malformed("it names a function that it has not");
    return signature;
  }

  typeAt(index: number): Signature {
    const type = this.types[index];
    if (type === undefined) throw malformed("it names a type that it has not");
    return type;
  }

  /** Reads a whole section that is a vector. */
  #read<T>(
    section: number,
    limit: (typeof MOST)[keyof typeof MOST],
    readItem: (reader: ByteReader) => T,
  ): T[] {
    const reader = this.#readerOf(section);
    if (reader === undefined) return [];
    const items = reader.vector(limit, () => readItem(reader));
    reader.checkEnd();
    return items;
  }

  /** Reads a whole section that is a number. */
  #readNumber(section: number): number | undefined {
    const reader = this.#readerOf(section);
    const value = reader?.u32();
    reader?.checkEnd();
    return value;
  }

  #readerOf(section: number): ByteReader | undefined {
    const place = this.#sections.get(section);
    return place && new ByteReader(this.bytes, place.start, place.end);
  }

  #readImport(reader: ByteReader): Import {
    const module = reader.name(MOST.nameBytes);
    const name = reader.name(MOST.nameBytes);
    const kind = reader.u8();
    if (kind !== 0) throw refused(`imports the ${KINDS[kind] ?? "unknown"} "${module}.${name}"`);
    return { module, name, signature: this.typeAt(reader.u32()) };
  }

  /** Checks the sums that decide how long it takes to make an instance. */
  #checkSums(segments: readonly Segment[]): void {
    const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
    checkLimit(sum(this.tables.map(({ initial }) => initial)), MOST.tableElements);
    checkLimit(this.globals.filter(({ mutable }) => mutable).length, MOST.mutableGlobals);
    checkLimit(sum(segments.map(({ elements }) => elements)), MOST.segmentElements);
    checkLimit(sum([...this.globals, ...segments].map(({ constants }) => constants)), MOST.constants);
  }
}
