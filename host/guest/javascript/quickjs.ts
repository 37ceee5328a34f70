import { EngineValues, Thrown, type Value } from "./engine-values.ts";

/** How a source is evaluated. */
const AS_MODULE = 1;
const COMPILE_ONLY = 1 << 5;
/** What is compiled keeps neither its text nor its lines. */
const WITHOUT_SOURCE = (1 << 4) | (1 << 5);

/** Bytes of a value. */
const VALUE_SIZE = 8;
/** States of a promise. */
const PENDING = 0;
const REJECTED = 2;

/** The engine in one instance, seen from the host: it evaluates scripts, and runs their jobs. */
export class QuickJs extends EngineValues {
  /** Evaluates a script. @throws Thrown */
  evaluate(source: string, name: string): Value {
    const code = this.putText(source);
    const file = this.putText(name);
    const value = this.call("qjs_eval", code.ptr, code.length, file.ptr, 0);
    this.free(code.ptr);
    this.free(file.ptr);
    return this.checked(value);
  }

  /** Compiles a script to bytes that `evaluateBytes` can evaluate in any instance of the engine. @throws Thrown */
  compileToBytes(source: string, name: string): Buffer {
    const code = this.putText(source);
    const file = this.putText(name);
    const size = this.allocate(4);
    const ptr = this.call("qjs_compile", code.ptr, code.length, file.ptr, 0, WITHOUT_SOURCE, size);
    if (ptr === 0) throw new Thrown(this.call("qjs_get_exception"));
    return this.memory.copy(ptr, this.memory.readU32(size));
  }

  /** Evaluates a compiled script. @throws Thrown */
  evaluateBytes(bytes: Uint8Array): Value {
    const ptr = this.allocate(bytes.length);
    this.memory.write(ptr, bytes);
    const value = this.call("qjs_eval_bytecode", ptr, bytes.length);
    this.free(ptr);
    return this.checked(value);
  }

  /** Compiles a module and those that it imports. @returns The module, which is never freed. @throws Thrown */
  compileModule(source: string, name: string): Value {
    const code = this.putText(source);
    const file = this.putText(name);
    const flags = AS_MODULE | COMPILE_ONLY;
    const module = this.#raw("JS_Eval", this.#context, code.ptr, code.length, file.ptr, flags);
    this.free(code.ptr);
    this.free(file.ptr);
    return this.checked(module);
  }

  /** Evaluates a compiled module, once. @returns A promise. @throws Thrown */
  evaluateCompiled(module: Value): Value {
    const value = this.exports.JS_DupValue as unknown as (context: number, value: bigint) => bigint;
    const run = this.exports.JS_EvalFunction as unknown as (context: number, value: bigint) => bigint;
    return this.checked(this.#box(run(this.#context, value(this.#context, this.#unbox(module)))));
  }

  /** The exports of a compiled module whose evaluation has begun. @throws Thrown */
  namespaceOf(module: Value): Value {
    return this.checked(
      this.#raw("JS_GetModuleNamespace", this.#context, Number(this.#unbox(module) & 0xffff_ffffn)),
    );
  }

  /** Why a promise is rejected; undefined if it is not. */
  rejectionOf(promise: Value): Value | undefined {
    if (this.call("qjs_promise_state", promise) !== REJECTED) return undefined;
    return this.call("qjs_promise_result", promise);
  }

  /** Whether a promise is neither fulfilled nor rejected. */
  isPending(promise: Value): boolean {
    return this.call("qjs_promise_state", promise) === PENDING;
  }

  /** Calls a function of a script. @throws Thrown */
  invoke(callee: Value, ...args: Value[]): Value {
    const receiver = this.newUndefined();
    const list = this.allocate(4 * Math.max(1, args.length));
    for (let i = 0; i < args.length; i++) this.memory.writeU32(list + 4 * i, args[i] as Value);
    const result = this.call("qjs_call", callee, receiver, args.length, list);
    this.free(list);
    this.release(receiver);
    return this.checked(result);
  }

  /** Runs what waits in the queue of jobs. @param tick Called before each job. @throws Thrown */
  drain(tick: () => void): void {
    while (this.call("qjs_is_job_pending") !== 0) {
      tick();
      if ((this.call("qjs_execute_pending_job") | 0) < 0) throw new Thrown(this.call("qjs_get_exception"));
    }
  }

  /** The function of the host that was called throws this text into the script. @returns What it returns then */
  throwText(text: string, kind: "TypeError" | "RangeError" = "TypeError"): number {
    const format = this.putText("%s");
    const message = this.putText(text);
    const list = this.allocate(4);
    this.memory.writeU32(list, message.ptr);
    this.call(`JS_Throw${kind}`, this.#context, format.ptr, list);
    for (const ptr of [list, message.ptr, format.ptr]) this.free(ptr);
    return 0;
  }

  /** The same if there is no memory for what it returns. */
  throwOutOfMemory(): number {
    this.call("JS_ThrowOutOfMemory", this.#context);
    return 0;
  }

  get #context(): number {
    return this.call("qjs_get_context_ptr");
  }

  #raw(name: string, ...args: number[]): Value {
    const call = this.exports[name] as unknown as (...args: number[]) => bigint;
    return this.#box(call(...args));
  }

  /** A place in memory for a value. */
  #box(value: bigint): Value {
    const ptr = this.allocate(VALUE_SIZE);
    this.memory.at(ptr, VALUE_SIZE).writeBigInt64LE(BigInt.asIntN(64, value));
    return ptr;
  }

  #unbox(ptr: Value): bigint {
    return this.memory.at(ptr, VALUE_SIZE).readBigInt64LE();
  }
}
