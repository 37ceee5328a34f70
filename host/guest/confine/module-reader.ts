import { ByteReader, malformed, refused } from "./bytes.ts";
import { skipConstant } from "./instructions.ts";

/** Sections of a module by their ids. */
export const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
} as const;

/** The order in which they come; custom ones may be anywhere. */
export const SECTION_ORDER: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11];

export type ValueType = "i32" | "i64" | "f32" | "f64";

/** Value types by their bytes. Vectors and references are no value of a parameter that the host sees, nor of a saved global. */
const VALUE_TYPES: Readonly<Record<number, ValueType | "other">> = {
  127: "i32",
  126: "i64",
  125: "f32",
  124: "f64",
  123: "other",
  112: "other",
  111: "other",
};

export interface Signature {
  readonly parameters: readonly (ValueType | "other")[];
  readonly results: readonly (ValueType | "other")[];
}

export interface Import {
  readonly module: string;
  readonly name: string;
  readonly signature: Signature;
}

export interface Global {
  readonly type: ValueType | "other";
  readonly mutable: boolean;
}

export interface Export {
  readonly name: string;
  readonly kind: "function" | "table" | "memory" | "global";
  readonly index: number;
}

/** Pages that a memory begins with, and may grow to. */
export interface SizeLimits {
  readonly initial: number;
  readonly maximum: number;
}

const KINDS = ["function", "table", "memory", "global"] as const;
const FUNCTION_TYPE = 0x60;
export const MAGIC = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
const NO_MAXIMUM = 0xffffffff;

/** The parts of a module that a host must know of. Of the code only where it is. */
export class ModuleReader {
  readonly bytes: Buffer;
  /** Content of each section, custom ones left out. */
  readonly sections = new Map<number, { start: number; end: number }>();
  /** The custom section with the names of functions, its name included, if there is one. */
  names: Buffer | undefined;
  readonly types: readonly Signature[];
  readonly imports: readonly Import[];
  /** Of the functions that are not imported, in order. */
  readonly functions: readonly Signature[];
  readonly tables: readonly SizeLimits[];
  readonly memories: readonly SizeLimits[];
  readonly globals: readonly Global[];
  readonly exports: readonly Export[];

  /** @throws HttpBackgroundError BAD_MODULE if it is malformed, or uses a feature that is not supported */
  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#findSections();
    this.types = this.#read(SECTION.type, readSignature);
    this.imports = this.#read(SECTION.import, (reader) => this.#readImport(reader));
    this.functions = this.#read(SECTION.function, (reader) => this.#typeAt(reader.u32()));
    this.tables = this.#read(SECTION.table, readTable);
    this.memories = this.#read(SECTION.memory, readLimits);
    this.globals = this.#read(SECTION.global, readGlobal);
    this.exports = this.#read(SECTION.export, readExport);
  }

  /** The content of a section; undefined if there is none. */
  content(id: number): Buffer | undefined {
    const place = this.sections.get(id);
    return place && this.bytes.subarray(place.start, place.end);
  }

  /** The signature of a function by its index, imported ones first. */
  signatureOf(index: number): Signature {
    const signature = this.imports[index]?.signature ?? this.functions[index - this.imports.length];
    if (signature === undefined) throw malformed("it names a function that it has not");
    return signature;
  }

  #findSections(): void {
    const reader = new ByteReader(this.bytes);
    if (!this.bytes.subarray(0, MAGIC.length).equals(MAGIC))
      throw malformed("it does not begin as version 1 does");
    reader.skip(MAGIC.length);
    while (!reader.isAtEnd) {
      const id = reader.u8();
      const size = reader.u32();
      const start = reader.pos;
      reader.skip(size);
      const place = { start, end: reader.pos };
      if (id === SECTION.custom) this.#keepNames(place);
      else if (!SECTION_ORDER.includes(id)) throw refused(`has a section ${id}, which scripts may not have`);
      else this.sections.set(id, place);
    }
  }

  #keepNames({ start, end }: { start: number; end: number }): void {
    if (new ByteReader(this.bytes, start, end).name() === "name")
      this.names ??= this.bytes.subarray(start, end);
  }

  #read<T>(section: number, readItem: (reader: ByteReader) => T): T[] {
    const place = this.sections.get(section);
    if (place === undefined) return [];
    const reader = new ByteReader(this.bytes, place.start, place.end);
    return reader.vector(() => readItem(reader));
  }

  #readImport(reader: ByteReader): Import {
    const module = reader.name();
    const name = reader.name();
    const kind = reader.u8();
    if (kind !== 0) throw refused(`imports the ${KINDS[kind] ?? "unknown"} "${module}.${name}"`);
    return { module, name, signature: this.#typeAt(reader.u32()) };
  }

  #typeAt(index: number): Signature {
    const type = this.types[index];
    if (type === undefined) throw malformed("it names a type that it has not");
    return type;
  }
}

function readSignature(reader: ByteReader): Signature {
  if (reader.u8() !== FUNCTION_TYPE) throw refused("has a type that is no function");
  return {
    parameters: reader.vector(() => readValueType(reader)),
    results: reader.vector(() => readValueType(reader)),
  };
}

function readValueType(reader: ByteReader): ValueType | "other" {
  const byte = reader.u8();
  const type = VALUE_TYPES[byte];
  if (type === undefined) throw refused(`has a value type 0x${byte.toString(16)}, which is not supported`);
  return type;
}

function readTable(reader: ByteReader): SizeLimits {
  readValueType(reader);
  return readLimits(reader);
}

function readLimits(reader: ByteReader): SizeLimits {
  const flags = reader.u8();
  if (flags > 1) throw refused("has a memory or a table that is shared or of 64 bits");
  const initial = reader.u32();
  return { initial, maximum: flags === 1 ? reader.u32() : NO_MAXIMUM };
}

function readGlobal(reader: ByteReader): Global {
  const type = readValueType(reader);
  const mutable = reader.u8() === 1;
  skipConstant(reader);
  return { type, mutable };
}

function readExport(reader: ByteReader): Export {
  const name = reader.name();
  const kind = KINDS[reader.u8()];
  if (kind === undefined) throw refused(`exports "${name}", which is of an unknown kind`);
  return { name, kind, index: reader.u32() };
}
