import { malformed } from "./bytes.ts";
import { type Instruction, opensBlock } from "./instructions.ts";
import type { ModuleReader } from "./module-reader.ts";
import { BR, BR_IF, BR_TABLE, CALL, CALL_INDIRECT, ELSE, END, LOOP, RETURN, UNREACHABLE } from "./opcodes.ts";
import { NO_RESULT, type Signature } from "./types.ts";

interface Block {
  /** Number of operands below the block. */
  readonly base: number;
  readonly parameters: number;
  readonly results: number;
  /** Number of operands that a branch to it takes along. */
  readonly arity: number;
}

/** The number of operands on the stack of a valid function. In code that is never reached, it may be too large. */
export class OperandStack {
  height = 0;
  /** Number of operands that the last instruction moved. */
  moved = 0;
  readonly #source: ModuleReader;
  readonly #results: number;
  readonly #blocks: Block[] = [];

  /** For a function with this number of results. */
  constructor(source: ModuleReader, results: number) {
    this.#source = source;
    this.#results = results;
  }

  follow({ opcode, effect, index }: Instruction): void {
    this.height += effect;
    this.moved = 0;
    if (opensBlock(opcode)) this.#open(index, opcode === LOOP);
    else if (opcode === CALL) this.#call(this.#source.signatureOf(index));
    else if (opcode === CALL_INDIRECT) this.#call(this.#source.typeAt(index));
    else if (opcode === ELSE) this.height = this.#base + (this.#blocks.at(-1)?.parameters ?? 0);
    else if (opcode === END) this.#close();
    else this.#leave(opcode, index);
    if (this.height < this.#base) this.height = this.#base;
  }

  get #base(): number {
    return this.#blocks.at(-1)?.base ?? 0;
  }

  #open(type: number, isLoop: boolean): void {
    const { parameters, results } = this.#typeOf(type);
    const base = Math.max(this.#base, this.height - parameters);
    this.#blocks.push({ base, parameters, results, arity: isLoop ? parameters : results });
    this.moved = parameters + results;
  }

  #close(): void {
    const block = this.#blocks.pop();
    if (block !== undefined) this.height = block.base + block.results;
  }

  #call({ parameters, results }: Signature): void {
    this.height += results.length - parameters.length;
    this.moved = parameters.length + results.length;
  }

  /** The code after this instruction is not reached, except after `br_if`. So it may have any operands. */
  #leave(opcode: number, index: number): void {
    if (opcode === BR || opcode === BR_IF || opcode === BR_TABLE) this.moved = this.#arityOf(index);
    else if (opcode === RETURN) this.moved = this.#results;
    else if (opcode !== UNREACHABLE) return;
    if (opcode !== BR_IF) this.height = this.#base;
  }

  /** The arity of a label. The function itself is the outermost block. */
  #arityOf(label: number): number {
    if (label > this.#blocks.length) throw malformed("a branch leads out of its function");
    return this.#blocks.at(-1 - label)?.arity ?? this.#results;
  }

  #typeOf(index: number): { parameters: number; results: number } {
    if (index < 0) return { parameters: 0, results: index === NO_RESULT ? 0 : 1 };
    const { parameters, results } = this.#source.typeAt(index);
    return { parameters: parameters.length, results: results.length };
  }
}
