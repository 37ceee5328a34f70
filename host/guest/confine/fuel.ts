import { type ByteReader, encodeSigned, encodeU32, malformed } from "./bytes.ts";
import type { CompileWork } from "./compile-work.ts";
import { newInstruction, opensBlock, readInstruction } from "./instructions.ts";
import type { ModuleReader } from "./module-reader.ts";
import {
  BR_IF,
  BR_TABLE,
  ELSE,
  END,
  IF,
  LOOP,
  MEMORY_COPY,
  MEMORY_FILL,
  MEMORY_GROW,
  MEMORY_INIT,
} from "./opcodes.ts";
import { OperandStack } from "./operand-stack.ts";

/** One unit pays for 16 bytes that are copied or filled. */
const BULK_SHIFT = 4;
/** Fuel that is not below zero does not wrap around when so much is taken. */
const MOST_AT_ONCE = 2 ** 30;
/** Code that costs less is paid for together with what runs before it. */
const WORTH_A_CHARGE = 24;
/** What memory.grow costs, whether or not it succeeds. */
const GROW_COST = 10_000;
/** What a charge costs by itself. */
const CHARGE_COST = 8;
/** One unit pays for as many locals that are cleared when a function is entered. */
const LOCALS_SHIFT = 3;

/** What the instrumented code uses, by indices. */
export interface Metering {
  /** Global, i32: the units that are left. Below zero the guest asks for more. */
  readonly fuel: number;
  /** Global, i32: 1 from the first memory.grow on that was refused. */
  readonly starved: number;
  /** Table: its one element is what the host gives to ask for more, a function without parameters and results. */
  readonly refuel: number;
  /** The type of such a function. */
  readonly refuelType: number;
}

/** What the functions of a module have in common. */
export interface FunctionContext {
  readonly metering: Metering;
  readonly source: ModuleReader;
  readonly work: CompileWork;
}

/** Bytes that are put into a function, before the byte of the module that was at `at`. */
export interface Insertion {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Code that runs from its first instruction to its last, or is left on the way. */
interface Segment {
  readonly at: number;
  /** Of which this one is a part as far as control flow goes: whoever gets here has been there. */
  readonly parent: Segment | null;
  /** Whether it may run again without its parent, so that it must pay for itself. */
  readonly isLoop: boolean;
  /** Operands that are on the stack where it begins. */
  readonly height: number;
  cost: number;
}

/**
 * Puts charges into a function so that no code runs without having been paid for: at its entry, at that of every loop, and
 * where control flow forks or joins, if what follows is worth a charge of its own; what is not is paid for before the fork.
 * Instructions that work on many bytes pay by their number.
 */
export class FunctionMeter {
  readonly #reader: ByteReader;
  readonly #code: GuestCode;
  readonly #insertions: Insertion[] = [];
  readonly #segments: Segment[] = [];
  /** The segment in which each block began that is open now. */
  readonly #open: Segment[] = [];
  readonly #stack: OperandStack;
  readonly #locals: number;
  readonly #work: CompileWork;
  #current: Segment;

  /**
   * @param reader Stands at the first instruction.
   * @param scratch Index of an i32 local that the function does not know.
   */
  constructor(reader: ByteReader, scratch: number, { metering, source, work }: FunctionContext) {
    this.#reader = reader;
    this.#work = work;
    this.#locals = scratch;
    this.#stack = new OperandStack(source);
    this.#code = new GuestCode(scratch, metering);
    this.#current = this.#begin(null, true);
    this.#current.cost = scratch >>> LOCALS_SHIFT;
  }

  /** Reads the function to its end. @returns What to insert, in order. */
  run(): Insertion[] {
    const instruction = newInstruction();
    while (!this.#reader.isAtEnd) {
      const at = this.#reader.pos;
      readInstruction(this.#reader, instruction);
      this.#current.cost += instruction.cost;
      this.#stack.follow(instruction);
      this.#follow(instruction.opcode, at);
    }
    if (this.#open.length > 0 || this.#current.parent !== null) throw malformed("a function has no end");
    return this.#finish();
  }

  #follow(opcode: number, at: number): void {
    if (opensBlock(opcode)) {
      this.#open.push(this.#current);
      if (opcode === LOOP) this.#current = this.#begin(this.#current, true);
      else if (opcode === IF) this.#current = this.#begin(this.#current, false);
    } else if (opcode === BR_IF) {
      this.#current = this.#begin(this.#current, false);
    } else if (opcode === BR_TABLE) {
      this.#countWork(this.#stack.height, this.#reader.pos - at);
    } else if (opcode === ELSE) {
      this.#current = this.#begin(this.#open.at(-1) ?? null, false);
    } else if (opcode === END) {
      this.#close();
    } else {
      this.#wrap(opcode, at);
    }
  }

  #begin(parent: Segment | null, isLoop: boolean): Segment {
    const segment = { at: this.#reader.pos, parent, isLoop, height: this.#stack.height, cost: 0 };
    this.#segments.push(segment);
    this.#countWork(segment.height, 1);
    return segment;
  }

  #countWork(height: number, branches: number): void {
    this.#work.add(this.#locals + height, branches);
  }

  #close(): void {
    const parent = this.#open.pop();
    if (parent !== undefined) this.#current = this.#begin(parent, false);
    else if (this.#reader.isAtEnd) this.#current = this.#segments[0] as Segment;
    else throw malformed("a function goes on behind its end");
  }

  #wrap(opcode: number, at: number): void {
    if (opcode === MEMORY_GROW) {
      this.#insertions.push({ at, bytes: this.#code.charge(GROW_COST) });
      this.#insertions.push({ at: this.#reader.pos, bytes: this.#code.noteRefusal });
    } else if (opcode === MEMORY_COPY || opcode === MEMORY_FILL || opcode === MEMORY_INIT) {
      this.#insertions.push({ at, bytes: this.#code.chargeBytes });
    }
  }

  /** From the last to the first, so that what a segment is given by its parts is passed on. */
  #finish(): Insertion[] {
    for (const { at, parent, isLoop, height, cost } of this.#segments.reverse()) {
      if (parent !== null && !isLoop && cost < WORTH_A_CHARGE) {
        parent.cost += cost;
      } else {
        this.#insertions.push({ at, bytes: this.#code.charge(cost + CHARGE_COST) });
        this.#countWork(height, 1);
      }
    }
    return this.#insertions.sort((a, b) => a.at - b.at);
  }
}

/** The instructions that are inserted. `scratch` is a local of their own, behind those of the function. */
class GuestCode {
  readonly #getFuel: readonly number[];
  readonly #setFuel: readonly number[];
  readonly #setStarved: readonly number[];
  readonly #getScratch: readonly number[];
  readonly #teeScratch: readonly number[];
  /** `if (on the stack < 0) refuel()` */
  readonly #refuelBelowZero: readonly number[];
  readonly #charges = new Map<number, Uint8Array>();
  /** As `charge`, by the number of bytes that is on the stack, and stays there. */
  readonly chargeBytes: Uint8Array;
  /** `if (result of memory.grow == -1) starved = 1` */
  readonly noteRefusal: Uint8Array;

  constructor(scratch: number, metering: Metering) {
    this.#getFuel = [0x23, ...encodeU32(metering.fuel)];
    this.#setFuel = [0x24, ...encodeU32(metering.fuel)];
    this.#setStarved = [0x41, 1, 0x24, ...encodeU32(metering.starved)];
    this.#getScratch = [0x20, ...encodeU32(scratch)];
    this.#teeScratch = [0x22, ...encodeU32(scratch)];
    const refuel = [0x41, 0, 0x11, ...encodeU32(metering.refuelType), ...encodeU32(metering.refuel)];
    this.#refuelBelowZero = [0x41, 0, 0x48, 0x04, 0x40, ...refuel, 0x0b];
    const units = [...this.#teeScratch, ...this.#getFuel, ...this.#getScratch, 0x41, BULK_SHIFT, 0x76];
    this.chargeBytes = Uint8Array.from([
      ...units,
      0x6b,
      ...this.#setFuel,
      ...this.#getFuel,
      ...this.#refuelBelowZero,
    ]);
    const isRefusal = [0x41, 0x7f, 0x46, 0x04, 0x40];
    this.noteRefusal = Uint8Array.from([
      ...this.#teeScratch,
      ...isRefusal,
      ...this.#setStarved,
      0x0b,
      ...this.#getScratch,
    ]);
  }

  /** `if ((fuel -= cost) < 0) refuel()` */
  charge(cost: number): Uint8Array {
    const known = this.#charges.get(cost);
    if (known !== undefined) return known;
    const units = encodeSigned(Math.min(cost, MOST_AT_ONCE));
    const subtract = [...this.#getFuel, 0x41, ...units, 0x6b, ...this.#teeScratch, ...this.#setFuel];
    const charge = Uint8Array.from([...subtract, ...this.#getScratch, ...this.#refuelBelowZero]);
    this.#charges.set(cost, charge);
    return charge;
  }
}
