// Opcodes that need their own code.
export const UNREACHABLE = 0x00;
export const LOOP = 0x03;
export const IF = 0x04;
export const ELSE = 0x05;
export const END = 0x0b;
export const BR = 0x0c;
export const BR_IF = 0x0d;
export const BR_TABLE = 0x0e;
export const RETURN = 0x0f;
export const CALL = 0x10;
export const CALL_INDIRECT = 0x11;
export const MEMORY_GROW = 0x40;
export const PREFIX_MISC = 0xfc;
export const PREFIX_SIMD = 0xfd;
// These have a prefix before the second byte.
export const MEMORY_INIT = 0xfc08;
export const MEMORY_COPY = 0xfc0a;
export const MEMORY_FILL = 0xfc0b;

/** The immediates after an opcode. */
export type Immediates =
  | ""
  | "block"
  /** The index of a label, a function, a local, a global or a table. */
  | "index"
  /** The index of a type and the index of a table. */
  | "two indices"
  | "labels"
  /** A vector with one type. */
  | "value types"
  | "reference type"
  | "i32"
  | "i64"
  | "f32"
  | "f64"
  | "v128"
  /** Alignment and offset. */
  | "memory"
  | "memory, lane"
  | "lane"
  /** The index of the memory. There is only one memory. */
  | "0"
  | "0, 0"
  | "index, 0";

export interface Row {
  readonly immediates: Immediates;
  /**
   * The cost when it runs, without the operands that it moves. A unit is at most 20 ns, and usually a tenth of this.
   */
  readonly cost: number;
  /**
   * How many more operands are on the stack afterwards, without calls and blocks. It may be too many, never too few.
   */
  readonly effect: number;
  /** The work to compile it, without its bytes, see `CompileWork`. */
  readonly work: number;
}

type Range = readonly [
  from: number,
  to: number,
  immediates: Immediates,
  cost: number,
  effect?: number,
  work?: number,
];

/** A load or a store may have to wait for memory that is in no cache. */
const ACCESS = 8;
/** Some processors are slow with numbers that are almost 0. */
const FLOAT = 4;
const DIVISION = 20;
/** V8 may have to make the reference. */
const REFERENCE = 64;
/** An instruction that can trap, or calls something, needs more code for this. */
const TRAPS = 100;
const CALLS = 40;
/** It becomes several machine instructions. */
const VECTOR = 8;

/**
 * The instructions that a guest may have. All others are refused, also numbers that have no instruction yet. These are
 * refused: instructions that change a table or drop a segment, because a fiber does not save them; exceptions, because
 * a guest could catch what the host throws; threads; tail calls.
 */
// biome-ignore format: a row a family
const PLAIN: readonly Range[] = [
  [0x00, 0x01, "", 1],               // unreachable, nop
  [0x02, 0x03, "block", 1],          // block, loop
  [0x04, 0x04, "block", 1, -1],      // if
  [0x05, 0x05, "", 1],               // else
  [0x0b, 0x0b, "", 0],               // end
  [0x0c, 0x0c, "index", 1],          // br
  [0x0d, 0x0d, "index", 1, -1],      // br_if
  [0x0e, 0x0e, "labels", 3, -1],     // br_table
  [0x0f, 0x0f, "", 1],               // return
  [0x10, 0x10, "index", 3, 0, CALLS], // call
  [0x11, 0x11, "two indices", 6, -1, TRAPS], // call_indirect
  [0x1a, 0x1a, "", 1, -1],           // drop
  [0x1b, 0x1b, "", 1, -2],           // select
  [0x1c, 0x1c, "value types", 1, -2], // select
  [0x20, 0x20, "index", 1, 1],       // local.get
  [0x21, 0x21, "index", 1, -1],      // local.set
  [0x22, 0x22, "index", 1],          // local.tee
  [0x23, 0x23, "index", 1, 1],       // global.get
  [0x24, 0x24, "index", 1, -1],      // global.set
  [0x25, 0x25, "index", REFERENCE, 0, TRAPS], // table.get
  [0x28, 0x35, "memory", ACCESS],    // loads
  [0x36, 0x3e, "memory", ACCESS, -2], // stores
  [0x3f, 0x3f, "0", 1, 1],           // memory.size
  [0x40, 0x40, "0", 1, 0, CALLS],    // memory.grow
  [0x41, 0x41, "i32", 1, 1],
  [0x42, 0x42, "i64", 1, 1],
  [0x43, 0x43, "f32", 1, 1],
  [0x44, 0x44, "f64", 1, 1],
  [0x45, 0x45, "", 1],               // i32.eqz
  [0x46, 0x4f, "", 1, -1],           // comparisons
  [0x50, 0x50, "", 1],               // i64.eqz
  [0x51, 0x66, "", 1, -1],           // comparisons
  [0x67, 0x69, "", 1],               // i32 arithmetic with one operand
  [0x6a, 0x6c, "", 1, -1],           // and with two
  [0x6d, 0x70, "", DIVISION, -1, TRAPS], // i32 division
  [0x71, 0x78, "", 1, -1],
  [0x79, 0x7b, "", 1],               // i64
  [0x7c, 0x7e, "", 1, -1],
  [0x7f, 0x82, "", DIVISION, -1, TRAPS], // i64 division
  [0x83, 0x8a, "", 1, -1],
  [0x8b, 0x90, "", 1],               // f32
  [0x91, 0x91, "", DIVISION],        // f32.sqrt
  [0x92, 0x94, "", FLOAT, -1],
  [0x95, 0x95, "", DIVISION, -1],    // f32.div
  [0x96, 0x98, "", FLOAT, -1, CALLS],
  [0x99, 0x9e, "", 1],               // f64
  [0x9f, 0x9f, "", DIVISION],        // f64.sqrt
  [0xa0, 0xa2, "", FLOAT, -1],
  [0xa3, 0xa3, "", DIVISION, -1],    // f64.div
  [0xa4, 0xa6, "", FLOAT, -1, CALLS],
  [0xa7, 0xa7, "", 1],               // i32.wrap_i64
  [0xa8, 0xab, "", FLOAT, 0, TRAPS], // truncation to i32
  [0xac, 0xad, "", 1],               // i64.extend_i32
  [0xae, 0xb1, "", FLOAT, 0, TRAPS], // truncation to i64
  [0xb2, 0xbb, "", FLOAT],           // conversions of floats
  [0xbc, 0xc4, "", 1],
  [0xd0, 0xd0, "reference type", 1, 1], // ref.null
  [0xd1, 0xd1, "", 1],               // ref.is_null
  [0xd2, 0xd2, "index", REFERENCE, 1, CALLS], // ref.func
];

// biome-ignore format: a row a family
const MISC: readonly Range[] = [
  [0x00, 0x07, "", FLOAT, 0, CALLS], // saturating truncation
  [0x08, 0x08, "index, 0", 10, -3, TRAPS], // memory.init
  [0x0a, 0x0a, "0, 0", 10, -3, TRAPS], // memory.copy
  [0x0b, 0x0b, "0", 10, -3, TRAPS],  // memory.fill
  [0x10, 0x10, "index", 1, 1],       // table.size
];

// biome-ignore format: a row a family
const SIMD: readonly Range[] = [
  [0x00, 0x0a, "memory", ACCESS],     // loads
  [0x0b, 0x0b, "memory", ACCESS, -2], // v128.store
  [0x0c, 0x0c, "v128", 2, 1],         // v128.const
  [0x0d, 0x0d, "v128", 2, -1],        // i8x16.shuffle
  [0x0e, 0x0e, "", 2, -1],            // i8x16.swizzle
  [0x0f, 0x14, "", 2],                // splats
  [0x15, 0x22, "lane", 2],
  [0x23, 0x4c, "", 2, -1],            // comparisons
  [0x4d, 0x4d, "", 2],                // v128.not
  [0x4e, 0x51, "", 2, -1],
  [0x52, 0x52, "", 2, -2],            // v128.bitselect
  [0x53, 0x53, "", 2],                // v128.any_true
  [0x54, 0x57, "memory, lane", ACCESS, -1], // loads of a lane
  [0x58, 0x5b, "memory, lane", ACCESS, -2], // stores of a lane
  [0x5c, 0x5d, "memory", ACCESS],     // loads with zeros
  [0x5e, 0x64, "", 4],                // conversions of floats, i8x16
  [0x65, 0x66, "", 4, -1],
  [0x67, 0x6a, "", 4],
  [0x6b, 0x73, "", 4, -1],
  [0x74, 0x75, "", 4],
  [0x76, 0x79, "", 4, -1],
  [0x7a, 0x7a, "", 4],
  [0x7b, 0x7b, "", 4, -1],
  [0x7c, 0x81, "", 4],                // i16x8
  [0x82, 0x82, "", 4, -1],
  [0x83, 0x84, "", 4],
  [0x85, 0x86, "", 4, -1],
  [0x87, 0x8a, "", 4],
  [0x8b, 0x93, "", 4, -1],
  [0x94, 0x94, "", 4],
  [0x95, 0x99, "", 4, -1],
  [0x9b, 0x9f, "", 4, -1],
  [0xa0, 0xa1, "", 4],                // i32x4
  [0xa3, 0xa4, "", 4],
  [0xa7, 0xaa, "", 4],
  [0xab, 0xae, "", 4, -1],
  [0xb1, 0xb1, "", 4, -1],
  [0xb5, 0xba, "", 4, -1],
  [0xbc, 0xbf, "", 4, -1],
  [0xc0, 0xc1, "", 4],                // i64x2
  [0xc3, 0xc4, "", 4],
  [0xc7, 0xca, "", 4],
  [0xcb, 0xce, "", 4, -1],
  [0xd1, 0xd1, "", 4, -1],
  [0xd5, 0xdf, "", 4, -1],
  [0xe0, 0xe1, "", 4],                // f32x4
  [0xe3, 0xe3, "", 4],
  [0xe4, 0xeb, "", 4, -1],
  [0xec, 0xed, "", 4],                // f64x2
  [0xef, 0xef, "", 4],
  [0xf0, 0xf7, "", 4, -1],
  [0xf8, 0xff, "", 4],                // conversions
  [0x100, 0x100, "", 4, -1],          // relaxed
  [0x101, 0x104, "", 4],
  [0x105, 0x10c, "", 4, -2],
  [0x10d, 0x112, "", 4, -1],
  [0x113, 0x113, "", 4, -2],
];

const TABLES: Readonly<Record<number, readonly (Row | undefined)[]>> = {
  0: expand(PLAIN, 0),
  [PREFIX_MISC]: expand(MISC, 0),
  [PREFIX_SIMD]: expand(SIMD, VECTOR),
};

/** The row of an instruction, by its prefix (0 if it has none) and its opcode; undefined if it is not allowed. */
export function rowOf(prefix: number, opcode: number): Row | undefined {
  return TABLES[prefix]?.[opcode];
}

function expand(ranges: readonly Range[], usualWork: number): (Row | undefined)[] {
  const rows: (Row | undefined)[] = [];
  for (const [from, to, immediates, cost, effect = 0, work = usualWork] of ranges) {
    for (let opcode = from; opcode <= to; opcode++) rows[opcode] = { immediates, cost, effect, work };
  }
  return rows;
}
