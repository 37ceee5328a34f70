import { type ByteReader, malformed } from "./bytes.ts";
import type { CompileWork } from "./compile-work.ts";
import type { GuestCode, GuestCodes } from "./guest-code.ts";
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

/** Code that costs less is paid for together with the code before it. */
const WORTH_A_CHARGE = 64;
/** Code that costs more is paid for in parts, because the clock is not checked while a part runs. */
const MOST_AT_ONCE = 2 ** 17;
/** The cost of memory.grow, even if it fails. */
const GROW_COST = 10_000;
/** If compiling a function costs more, only its first call pays for it. This needs a check at each call. */
const WORTH_A_CHECK = 2 ** 11;
/** The cost of a charge itself. */
const CHARGE_COST = 8;
/** One unit pays for clearing this many locals at the start of a function. As a power of 2. */
const LOCALS_SHIFT = 3;

/** What all functions of a module have in common. */
export interface FunctionContext {
  readonly codes: GuestCodes;
  readonly source: ModuleReader;
  readonly work: CompileWork;
}

/** One function. The reader is at its first instruction. */
export interface MeteredFunction {
  readonly reader: ByteReader;
  readonly signature: Signature;
  /** Number of locals, including parameters. */
  readonly locals: number;
  /** Its index among the functions that are not imported. */
  readonly index: number;
}

/** Bytes that are inserted into a function, before the byte that was at `at` in the original module. */
export interface Insertion {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Code that runs from its first instruction to its last, if no branch leaves it before. */
interface Segment {
  readonly at: number;
  /** The segment that contains this one: the code reaches this segment only after that one. */
  readonly parent: Segment | null;
  /** Whether it may run again without its parent. Then it must pay for itself. */
  readonly isLoop: boolean;
  /** Number of operands on the stack at its start. */
  readonly height: number;
  cost: number;
}

/**
 * Inserts charges into a function, so that all code is paid for before it runs. Charges are at the start of the
 * function, at the start of each loop, and where control flow forks or joins, if the code there costs enough for its
 * own charge. Otherwise it is paid for before the fork. Instructions that work on many bytes pay for their number. The
 * first call also pays for compiling the function, which V8 does then.
 */
export class FunctionMeter {
  readonly #reader: ByteReader;
  readonly #code: GuestCode;
  readonly #insertions: Insertion[] = [];
  readonly #segments: Segment[] = [];
  /** For each open block, the segment in which it began. */
  readonly #open: Segment[] = [];
  readonly #stack: OperandStack;
  readonly #index: number;
  readonly #locals: number;
  readonly #source: ModuleReader;
  readonly #work: CompileWork;
  #current: Segment;

  constructor(
    { reader, signature, locals, index }: MeteredFunction,
    { codes, source, work }: FunctionContext,
  ) {
    this.#reader = reader;
    this.#source = source;
    this.#work = work;
    this.#index = index;
    this.#locals = locals;
    this.#stack = new OperandStack(source, signature.results.length);
    this.#code = codes.of(locals);
    work.beginFunction();
    work.add(reader.end - reader.pos);
    this.#current = this.#begin(null, true);
    const parameters = signature.parameters.length;
    this.#current.cost = ((locals - parameters) >>> LOCALS_SHIFT) + parameters + signature.results.length;
  }

  /** Reads the function to its end. @returns The insertions, in order. */
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
      this.#current = this.#begin(this.#innermost(), false);
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

  /** The segment in which the innermost open block began. */
  #innermost(): Segment {
    const segment = this.#open.at(-1);
    if (segment === undefined) throw malformed("a function has an else without an if");
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

  /** Adds an insertion. It contains a branch. */
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

  /** Goes from the last segment to the first, so that costs that move to a parent can move on to its parent. */
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
