import { type ByteReader, malformed, refused } from "./bytes.ts";
import { MOST } from "./limits.ts";
import { ELSE, END, type Immediates, PREFIX_MISC, PREFIX_SIMD, rowOf } from "./opcodes.ts";
import { readBlockType, readReferenceType, readValueType } from "./types.ts";

/** Size of a value that is directly in the code. */
const SIZES = { f32: 4, f64: 8, v128: 16 } as const;
/** The binary logarithm of the largest alignment of an access. Higher bits have other meanings. */
const LARGEST_ALIGNMENT = 4;

/** Instructions that constants may have: numbers, immutable globals, references, sums and products. */
const CONSTANT: ReadonlySet<number> = new Set([
  0x23, 0x41, 0x42, 0x43, 0x44, 0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e, 0xd0, 0xd2, 0xfd0c,
]);

/** One instruction. The reader is after it. */
export interface Instruction {
  /** The opcode with its prefix, as in `MEMORY_COPY`. */
  opcode: number;
  cost: number;
  /** See `Row`. This is also true for the next member. */
  effect: number;
  work: number;
  /**
   * For a block its type, see `readBlockType`. For others the first index after the opcode; for several labels the
   * last.
   */
  index: number;
}

export function newInstruction(): Instruction {
  return { opcode: 0, cost: 0, effect: 0, work: 0, index: 0 };
}

/**
 * Reads an instruction. `into` is overwritten. Everything that is not known is refused, to the last bit. If we read
 * more or fewer bytes than V8 does, we would meter other code than V8 runs.
 *
 * @throws HttpBackgroundError BAD_MODULE for an instruction that is not allowed
 */
export function readInstruction(reader: ByteReader, into: Instruction): void {
  const first = reader.u8();
  const prefix = first === PREFIX_MISC || first === PREFIX_SIMD ? first : 0;
  const opcode = prefix === 0 ? first : readOpcode(reader);
  const row = rowOf(prefix, opcode);
  if (row === undefined) {
    throw refused(
      `has an instruction that scripts may not use: ${hex(first)}${prefix ? ` ${hex(opcode)}` : ""}`,
    );
  }
  into.index = readImmediates(reader, row.immediates);
  into.opcode = prefix === 0 ? opcode : prefix * 256 + opcode;
  into.cost = row.cost;
  into.effect = row.effect;
  into.work = row.work;
}

/** Skips the instructions of a constant, including `end`. @returns How many there are */
export function skipConstant(reader: ByteReader): number {
  const instruction = newInstruction();
  for (let count = 1; ; count++) {
    readInstruction(reader, instruction);
    if (instruction.opcode === END) return count;
    if (!CONSTANT.has(instruction.opcode)) throw refused("has a constant that computes what none may");
  }
}

/** Whether the instruction begins a block. `else` is not among them, because it also ends one. */
export function opensBlock(opcode: number): boolean {
  return opcode > 0x01 && opcode < ELSE;
}

/** Reads the opcode after a prefix. It must have as few bytes as possible: one or two. */
function readOpcode(reader: ByteReader): number {
  const low = reader.u8();
  if (low < 0x80) return low;
  const high = reader.u8();
  if (high === 0 || high >= 0x80) throw refused("has an instruction in more bytes than it needs");
  return (low & 0x7f) + high * 128;
}

function readImmediates(reader: ByteReader, immediates: Immediates): number {
  switch (immediates) {
    case "":
      return 0;
    case "block":
      return readBlockType(reader);
    case "index":
      return reader.u32();
    case "two indices": {
      const first = reader.u32();
      reader.u32();
      return first;
    }
    case "labels":
      for (let left = reader.count(MOST.branchTargets); left > 0; left--) reader.u32();
      return reader.u32();
    default:
      skipImmediates(reader, immediates);
      return 0;
  }
}

function skipImmediates(reader: ByteReader, immediates: Immediates): void {
  switch (immediates) {
    case "value types":
      if (reader.u8() !== 1) throw malformed("a select has not one type");
      readValueType(reader);
      break;
    case "reference type":
      readReferenceType(reader);
      break;
    case "i32":
    case "i64":
      reader.skipSigned(immediates === "i32" ? 32 : 64);
      break;
    case "f32":
    case "f64":
    case "v128":
      reader.skip(SIZES[immediates]);
      break;
    case "lane":
      reader.skip(1);
      break;
    case "memory":
      skipAccess(reader);
      break;
    case "memory, lane":
      skipAccess(reader);
      reader.skip(1);
      break;
    default:
      if (immediates === "index, 0") reader.u32();
      else if (immediates === "0, 0") readMemoryIndex(reader);
      readMemoryIndex(reader);
  }
}

function skipAccess(reader: ByteReader): void {
  if (reader.u32() > LARGEST_ALIGNMENT)
    throw refused("has an access to memory that is aligned as none can be");
  reader.u32();
}

/** Reads the index of the memory. There is only one memory, and only one way to write its index. */
export function readMemoryIndex(reader: ByteReader): void {
  if (reader.u8() !== 0) throw refused("must have one memory");
}

function hex(opcode: number): string {
  return `0x${opcode.toString(16).padStart(2, "0")}`;
}
