import { OPERATION_NAMES, type Operation, type SLOT } from "./driver.ts";

const INSTRUCTION = 32;

/** An operand: a number, the address of data, or the accumulator plus a number. */
export type Operand = number | { readonly data: number } | { readonly acc: number };

interface Instruction {
  readonly operation: Operation | number;
  readonly operands: readonly Operand[];
  readonly float: number;
}

/** Writes a program for the driver. */
export class Program {
  readonly #instructions: Instruction[] = [];
  readonly #data: Buffer[] = [];
  #dataLength = 0;

  /** Adds bytes after the instructions. Returns their place. */
  put(bytes: Uint8Array): { data: number } {
    const place = { data: this.#dataLength };
    this.#data.push(Buffer.from(bytes));
    this.#dataLength += bytes.length;
    return place;
  }

  do(operation: Operation | number, ...operands: Operand[]): this {
    return this.doWith(0, operation, ...operands);
  }

  /** Like `do`, but with a float. */
  doWith(float: number, operation: Operation | number, ...operands: Operand[]): this {
    this.#instructions.push({ operation, operands, float });
    return this;
  }

  /** Makes a call with these bytes. */
  call(args: Uint8Array): this {
    return this.do("call", this.put(args), args.length);
  }

  /** The offset of the next instruction. */
  get here(): number {
    return this.#instructions.length * INSTRUCTION;
  }

  /** Writes the program for one of the slots. Called before everything else. */
  define(slot: keyof typeof SLOT | number, slots: typeof SLOT, write: (program: Program) => void): this {
    const index = typeof slot === "number" ? slot : slots[slot];
    // Jumps over this program, which does not run now, to the next instruction.
    this.do("slot", index, this.here + 2 * INSTRUCTION);
    const jump = this.#instructions.length;
    this.do("repeat", 0, 0);
    write(this);
    this.do("end");
    const counter = this.put(Buffer.from([1, 0, 0, 0]));
    this.#instructions[jump] = { operation: "repeat", operands: [this.here, counter], float: 0 };
    return this;
  }

  /** Repeats everything from `start`, `count` times. */
  repeat(start: number, count: number): this {
    const counter = Buffer.alloc(4);
    counter.writeUInt32LE(count);
    return this.do("repeat", start, this.put(counter));
  }

  bytes(): Buffer {
    const code = Buffer.concat([...this.#instructions, END].map(encode));
    const head = Buffer.alloc(4);
    head.writeUInt32LE(4 + code.length);
    return Buffer.concat([head, code, ...this.#data]);
  }
}

const END: Instruction = { operation: "end", operands: [], float: 0 };

function encode({ operation, operands, float }: Instruction): Buffer {
  const bytes = Buffer.alloc(INSTRUCTION);
  let flags = 0;
  for (const [i, operand] of operands.entries()) {
    const isNumber = typeof operand === "number";
    if (!isNumber) flags |= ("data" in operand ? 1 : 16) << i;
    const value = isNumber ? operand : "data" in operand ? operand.data : operand.acc;
    bytes.writeUInt32LE(value >>> 0, 8 + 4 * i);
  }
  bytes.writeUInt32LE(typeof operation === "number" ? operation : OPERATION_NAMES.indexOf(operation));
  bytes.writeUInt32LE(flags, 4);
  bytes.writeDoubleLE(float, 24);
  return bytes;
}
