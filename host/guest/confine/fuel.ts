import { type ByteReader, malformed } from "./bytes.ts";
import type { CompileWork } from "./compile-work.ts";
import { GuestCode, type Metering } from "./guest-code.ts";
import { type Instruction, newInstruction, opensBlock, readInstruction } from "./instructions.ts";
import type { ModuleReader } from "./module-reader.ts";
import {
  BR_IF,
  BR_TABLE,
  CALL,
  CALL_INDIRECT,
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
import type { Signature } from "./types.ts";

/** Code that costs less is paid for together with what runs before it. */
const WORTH_A_CHARGE = 64;
/** Code that costs more is paid for in parts: the clock is not looked at while it runs. */
const MOST_AT_ONCE = 2 ** 17;
/** What memory.grow costs, whether or not it succeeds. */
const GROW_COST = 10_000;
/** Of a function that takes longer to compile the first call alone pays for that, which takes a check at each. */
const WORTH_A_CHECK = 2 ** 11;
/** What a charge costs by itself. */
const CHARGE_COST = 8;
/** One unit pays for as many locals that are cleared when a function is entered. */
const LOCALS_SHIFT = 3;

/** What the functions of a module have in common. */
export interface FunctionContext {
  readonly metering: Metering;
  readonly source: ModuleReader;
  readonly work: CompileWork;
}

/** One function, of which the reader stands at the first instruction. */
export interface MeteredFunction {
  readonly reader: ByteReader;
  readonly signature: Signature;
  /** Parameters included. */
  readonly locals: number;
  /** Its number among the functions that are not imported. */
  readonly index: number;
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
 * Instructions that work on many bytes pay by their number. The first call pays for V8, which compiles the function then.
 */
export class FunctionMeter {
  readonly #reader: ByteReader;
  readonly #code: GuestCode;
  readonly #insertions: Insertion[] = [];
  readonly #segments: Segment[] = [];
  /** The segment in which each block began that is open now. */
  readonly #open: Segment[] = [];
  readonly #stack: OperandStack;
  readonly #index: number;
  readonly #locals: number;
  readonly #source: ModuleReader;
  readonly #work: CompileWork;
  #current: Segment;

  constructor(
    { reader, signature, locals, index }: MeteredFunction,
    { metering, source, work }: FunctionContext,
  ) {
    this.#reader = reader;
    this.#source = source;
    this.#work = work;
    this.#index = index;
    this.#locals = locals;
    this.#stack = new OperandStack(source, signature.results.length);
    this.#code = new GuestCode(locals, metering);
    work.beginFunction();
    work.add(reader.end - reader.pos);
    this.#current = this.#begin(null, true);
    const parameters = signature.parameters.length;
    this.#current.cost = ((locals - parameters) >>> LOCALS_SHIFT) + parameters + signature.results.length;
  }

  /** Reads the function to its end. @returns What to insert, in order. */
  run(): Insertion[] {
    const instruction = newInstruction();
    while (!this.#reader.isAtEnd) {
      const at = this.#reader.pos;
      readInstruction(this.#reader, instruction);
      this.#stack.follow(instruction);
      this.#current.cost += instruction.cost + this.#stack.moved;
      this.#work.add(instruction.work);
      this.#follow(instruction, at);
      if (this.#current.cost > MOST_AT_ONCE && !this.#reader.isAtEnd) {
        this.#current = this.#begin(this.#current, false);
      }
    }
    if (this.#open.length > 0 || this.#current.parent !== null) throw malformed("a function has no end");
    return this.#finish();
  }

  #follow({ opcode, index }: Instruction, at: number): void {
    if (opensBlock(opcode)) {
      this.#open.push(this.#current);
      if (opcode === LOOP) this.#current = this.#begin(this.#current, true);
      else if (opcode === IF) this.#current = this.#begin(this.#current, false);
    } else if (opcode === BR_IF) {
      this.#current = this.#begin(this.#current, false);
    } else if (opcode === BR_TABLE) {
      this.#work.addBranches(this.#locals + this.#stack.height, this.#reader.pos - at);
    } else if (opcode === ELSE) {
      this.#current = this.#begin(this.#open.at(-1) ?? null, false);
    } else if (opcode === END) {
      this.#close();
    } else if (opcode === CALL) {
      this.#work.addCall(this.#source.signatureOf(index));
    } else if (opcode === CALL_INDIRECT) {
      this.#work.addCall(this.#source.typeAt(index));
    } else {
      this.#wrap(opcode, at);
    }
  }

  #begin(parent: Segment | null, isLoop: boolean): Segment {
    const segment = { at: this.#reader.pos, parent, isLoop, height: this.#stack.height, cost: 0 };
    this.#segments.push(segment);
    this.#work.addBranches(this.#locals + segment.height, 1);
    return segment;
  }

  #close(): void {
    const parent = this.#open.pop();
    if (parent !== undefined) this.#current = this.#begin(parent, false);
    else if (this.#reader.isAtEnd) this.#current = this.#segments[0] as Segment;
    else throw malformed("a function goes on behind its end");
  }

  #wrap(opcode: number, at: number): void {
    if (opcode === MEMORY_GROW) {
      this.#insert(at, this.#code.charge(GROW_COST));
      this.#insert(this.#reader.pos, this.#code.chargeGrowth);
    } else if (opcode === MEMORY_COPY || opcode === MEMORY_FILL || opcode === MEMORY_INIT) {
      this.#insert(at, this.#code.chargeBytes);
    }
  }

  /** What is inserted has a branch. */
  #insert(at: number, bytes: Uint8Array, height = this.#stack.height): void {
    this.#insertions.push({ at, bytes });
    this.#work.addBranches(this.#locals + height, 1);
    this.#work.add(bytes.length);
  }

  #finish(): Insertion[] {
    const [entry] = this.#segments as [Segment];
    this.#chargeForks();
    const work = this.#work.ofFunction;
    const isLarge = work >= WORTH_A_CHECK;
    if (isLarge) this.#insert(entry.at, this.#code.chargeOnce(this.#index, work), 0);
    this.#charge(entry, isLarge ? 0 : work);
    return this.#insertions.sort((a, b) => a.at - b.at);
  }

  /** From the last to the first, so that what a segment is given by its parts is passed on. */
  #chargeForks(): void {
    for (let i = this.#segments.length - 1; i > 0; i--) {
      const segment = this.#segments[i] as Segment;
      const parent = segment.parent as Segment;
      if (segment.isLoop || segment.cost >= WORTH_A_CHARGE || parent.cost >= MOST_AT_ONCE)
        this.#charge(segment);
      else parent.cost += segment.cost;
    }
  }

  #charge({ at, height, cost }: Segment, more = 0): void {
    this.#insert(at, this.#code.charge(CHARGE_COST + cost + more), height);
  }
}
