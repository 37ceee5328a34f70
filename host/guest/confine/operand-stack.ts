import { malformed } from "./bytes.ts";
import { type Instruction, opensBlock } from "./instructions.ts";
import type { ModuleReader } from "./module-reader.ts";
import { BR, BR_TABLE, CALL, CALL_INDIRECT, ELSE, END, RETURN, UNREACHABLE } from "./opcodes.ts";
import { NO_RESULT, type Signature } from "./types.ts";

interface Block {
  /** Operands below it. */
  readonly base: number;
  readonly parameters: number;
  readonly results: number;
}

/** How many operands are on the stack of a function that was validated. Where that is not reached it may say too many. */
export class OperandStack {
  height = 0;
  readonly #source: ModuleReader;
  readonly #blocks: Block[] = [];

  constructor(source: ModuleReader) {
    this.#source = source;
  }

  follow({ opcode, effect, index }: Instruction): void {
    this.height += effect;
    if (opensBlock(opcode)) this.#open(index);
    else if (opcode === CALL) this.#call(this.#source.signatureOf(index));
    else if (opcode === CALL_INDIRECT) this.#call(this.#typeAt(index));
    else if (opcode === ELSE) this.height = this.#base + (this.#blocks.at(-1)?.parameters ?? 0);
    else if (opcode === END) this.#close();
    else if (opcode === BR || opcode === BR_TABLE || opcode === RETURN || opcode === UNREACHABLE) {
      // What is behind has whatever operands it takes.
      this.height = this.#base;
    }
    if (this.height < this.#base) this.height = this.#base;
  }

  get #base(): number {
    return this.#blocks.at(-1)?.base ?? 0;
  }

  #open(type: number): void {
    const { parameters, results } = this.#typeOf(type);
    this.#blocks.push({ base: Math.max(this.#base, this.height - parameters), parameters, results });
  }

  #close(): void {
    const block = this.#blocks.pop();
    if (block !== undefined) this.height = block.base + block.results;
  }

  #call({ parameters, results }: Signature): void {
    this.height += results.length - parameters.length;
  }

  #typeAt(index: number): Signature {
    const type = this.#source.types[index];
    if (type === undefined) throw malformed("it names a type that it has not");
    return type;
  }

  #typeOf(index: number): { parameters: number; results: number } {
    if (index < 0) return { parameters: 0, results: index === NO_RESULT ? 0 : 1 };
    const { parameters, results } = this.#typeAt(index);
    return { parameters: parameters.length, results: results.length };
  }
}
