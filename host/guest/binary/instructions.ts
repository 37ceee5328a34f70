import { type ByteReader, malformed, refused } from "./bytes.ts";

// Opcodes that are treated one by one.
export const LOOP = 0x03;
export const IF = 0x04;
export const ELSE = 0x05;
export const END = 0x0b;
export const BR_IF = 0x0d;
export const BR_TABLE = 0x0e;
const SELECT_TYPED = 0x1c;
export const MEMORY_GROW = 0x40;
const PREFIX_MISC = 0xfc;
const PREFIX_SIMD = 0xfd;
// With the prefix before the second byte.
export const MEMORY_INIT = 0xfc08;
export const MEMORY_COPY = 0xfc0a;
export const MEMORY_FILL = 0xfc0b;

/** What follows an opcode. */
type Immediates =
  | ""
  | "block"
  | "number"
  | "numbers"
  | "memory"
  | "lane"
  | "memory lane"
  | "f32"
  | "f64"
  | "v128";

interface Row {
  readonly immediates: Immediates;
  /** In units of a simple instruction, rather too much than too little. */
  readonly cost: number;
}

type Range = readonly [from: number, to: number, immediates: Immediates, cost: number];

/**
 * The instructions that a guest may have. Not among them, and so refused: what changes a table or drops a segment,
 * since that is no part of a fiber; exceptions, since a guest could catch what the host throws; threads, and tail calls.
 */
// biome-ignore format: a row a family
const PLAIN: readonly Range[] = [
  [0x00, 0x01, "", 1],        // unreachable, nop
  [0x02, 0x04, "block", 1],   // block, loop, if
  [0x05, 0x05, "", 1],        // else
  [0x0b, 0x0b, "", 0],        // end
  [0x0c, 0x0d, "number", 1],  // br, br_if
  [0x0f, 0x0f, "", 1],        // return
  [0x10, 0x10, "number", 3],  // call
  [0x11, 0x11, "numbers", 6], // call_indirect
  [0x1a, 0x1b, "", 1],        // drop, select
  [0x20, 0x24, "number", 1],  // local.*, global.*
  [0x25, 0x25, "number", 3],  // table.get
  [0x28, 0x3e, "memory", 3],  // loads and stores
  [0x3f, 0x3f, "number", 1],  // memory.size
  [0x40, 0x40, "number", 1],  // memory.grow
  [0x41, 0x42, "number", 1],  // i32.const, i64.const
  [0x43, 0x43, "f32", 1],
  [0x44, 0x44, "f64", 1],
  [0x45, 0x6c, "", 1],        // comparisons, i32 arithmetic
  [0x6d, 0x70, "", 20],       // i32 division
  [0x71, 0x7e, "", 1],
  [0x7f, 0x82, "", 20],       // i64 division
  [0x83, 0x90, "", 1],
  [0x91, 0x91, "", 20],       // f32.sqrt
  [0x92, 0x94, "", 1],
  [0x95, 0x95, "", 20],       // f32.div
  [0x96, 0x9e, "", 1],
  [0x9f, 0x9f, "", 20],       // f64.sqrt
  [0xa0, 0xa2, "", 1],
  [0xa3, 0xa3, "", 20],       // f64.div
  [0xa4, 0xc4, "", 1],
  [0xd0, 0xd0, "number", 1],  // ref.null
  [0xd1, 0xd1, "", 1],        // ref.is_null
  [0xd2, 0xd2, "number", 1],  // ref.func
];

// biome-ignore format: a row a family
const MISC: readonly Range[] = [
  [0x00, 0x07, "", 1],         // saturating truncation
  [0x08, 0x08, "numbers", 10], // memory.init
  [0x0a, 0x0a, "numbers", 10], // memory.copy
  [0x0b, 0x0b, "number", 10],  // memory.fill
  [0x10, 0x10, "number", 1],   // table.size
];

// biome-ignore format: a row a family
const SIMD: readonly Range[] = [
  [0x00, 0x0b, "memory", 3],
  [0x0c, 0x0d, "v128", 2],       // v128.const, i8x16.shuffle
  [0x0e, 0x14, "", 2],
  [0x15, 0x22, "lane", 2],
  [0x23, 0x53, "", 2],
  [0x54, 0x5b, "memory lane", 3],
  [0x5c, 0x5d, "memory", 3],
  [0x5e, 0xff, "", 4],
  [0x100, 0x113, "", 4],         // relaxed
];

const TABLES: Readonly<Record<number, readonly (Row | undefined)[]>> = {
  0: expand(PLAIN),
  [PREFIX_MISC]: expand(MISC),
  [PREFIX_SIMD]: expand(SIMD),
};

/** One instruction, of which the reader stands behind. */
export interface Instruction {
  /** With its prefix, as in `MEMORY_COPY`. */
  opcode: number;
  cost: number;
}

/** Reads an instruction. `into` is overwritten. @throws HttpBackgroundError BAD_MODULE for one that is not allowed. */
export function readInstruction(reader: ByteReader, into: Instruction): void {
  const first = reader.u8();
  if (first === BR_TABLE || first === SELECT_TYPED) {
    readList(reader, first, into);
    return;
  }
  const prefix = first === PREFIX_MISC || first === PREFIX_SIMD ? first : 0;
  const opcode = prefix === 0 ? first : reader.u32();
  const row = TABLES[prefix]?.[opcode];
  if (row === undefined) {
    throw refused(
      `has an instruction that scripts may not use: ${hex(first)}${prefix ? ` ${hex(opcode)}` : ""}`,
    );
  }
  skipImmediates(reader, row.immediates);
  into.opcode = prefix === 0 ? opcode : prefix * 256 + opcode;
  into.cost = row.cost;
}

/** Passes over the instructions of a constant, `end` included. */
export function skipConstant(reader: ByteReader): void {
  const instruction: Instruction = { opcode: 0, cost: 0 };
  do readInstruction(reader, instruction);
  while (instruction.opcode !== END);
}

/** Whether a block begins, other than with `else`, which ends one too. */
export function opensBlock(opcode: number): boolean {
  return opcode > 0x01 && opcode < ELSE;
}

function readList(reader: ByteReader, opcode: number, into: Instruction): void {
  for (let left = reader.u32(); left > 0; left--) reader.skipNumber();
  if (opcode === BR_TABLE) reader.skipNumber();
  into.opcode = opcode;
  into.cost = opcode === BR_TABLE ? 3 : 1;
}

function skipImmediates(reader: ByteReader, immediates: Immediates): void {
  switch (immediates) {
    case "":
      return;
    case "block":
    case "number":
      reader.skipNumber();
      return;
    case "numbers":
      reader.skipNumber();
      reader.skipNumber();
      return;
    case "memory":
      skipMemory(reader);
      return;
    case "memory lane":
      skipMemory(reader);
      reader.skip(1);
      return;
    default:
      reader.skip(SIZES[immediates]);
  }
}

const SIZES: Readonly<Record<"lane" | "f32" | "f64" | "v128", number>> = {
  lane: 1,
  f32: 4,
  f64: 8,
  v128: 16,
};

/** Alignment and offset. From 64 on an alignment means that the index of a memory follows. */
function skipMemory(reader: ByteReader): void {
  if (reader.u32() >= 64) throw malformed("it has more than one memory");
  reader.skipNumber();
}

function expand(ranges: readonly Range[]): (Row | undefined)[] {
  const rows: (Row | undefined)[] = [];
  for (const [from, to, immediates, cost] of ranges) {
    for (let opcode = from; opcode <= to; opcode++) rows[opcode] = { immediates, cost };
  }
  return rows;
}

function hex(opcode: number): string {
  return `0x${opcode.toString(16).padStart(2, "0")}`;
}
