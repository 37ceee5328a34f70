import { GLOBAL_EXPORT_PREFIX } from "../../../assembly/abi.ts";
import { type Asker, type GuestFunction, Suspension, WAITS } from "../engine/suspension.ts";
import type { SuspensionKind, SuspensionParts } from "../engine/suspension-kind.ts";
import { Thrown, type Value } from "./engine-values.ts";
import { QuickJs } from "./quickjs.ts";
import { Roots } from "./roots.ts";

/** How a run of a script has ended. */
export type RunEnd =
  | { readonly kind: "returned"; readonly result: Uint8Array }
  | { readonly kind: FailureKind; readonly text: string; readonly stack: string };

/**
 * Why there is no result: code has thrown, nobody handles a rejection, there is no such entry, the result cannot be
 * returned, or the engine has no memory even for an error.
 */
export type FailureKind = (typeof FAILURE_KINDS)[number];
export const FAILURE_KINDS = ["thrown", "rejection", "entry", "result", "memory"] as const;

/** What is known of a script while it is loaded. */
export interface Loading {
  /** The text of a module; undefined if there is none of this name. */
  read(name: string): string | undefined;
  /** The name of what a module imports. @throws Error whose message the script gets */
  resolve(importer: string, specifier: string): string;
  /** Called if its code asks for something that is not the same for every run. */
  onImpure(): void;
}

/** Characters that are kept of what a script has thrown, and of its stack. */
const LONGEST_TEXT = 16_384;
const LONGEST_STACK = 65_536;

/** The global that holds the end of the stack. */
export const STACK_POINTER = "__stack_pointer";
/** Its name when the engine is confined. It is the only global that changes. */
const CONFINED_STACK_POINTER = `${GLOBAL_EXPORT_PREFIX}0`;

/** A promise that was rejected, and its reason. Nobody handles it yet. */
interface Rejection {
  readonly promise: Value;
  readonly reason: Value;
}

/**
 * A run of a script in the engine of JavaScript. Functions of the host return at once; those that start a call return its
 * number. When no job is left in the queue, the run waits. Its answers go to the prelude, which settles promises.
 */
export class JavaScriptSuspension extends Suspension {
  override readonly mayEndEarly = true;
  /** Its stack grows down to address 0. It is empty while a run waits. */
  override readonly deadBytes: number;
  readonly quickjs: QuickJs;
  readonly roots: Roots;
  /** The script that is loaded now. */
  loading: Loading | undefined;
  /** How the run has ended. */
  end: RunEnd | undefined;
  /** By the place of the promise, which is the same as long as somebody has it. */
  readonly #rejections = new Map<number, Rejection>();
  readonly #tick: () => void;

  constructor({ exports, memory, tick }: SuspensionParts, roots: number) {
    super();
    this.quickjs = new QuickJs(exports, memory);
    this.roots = new Roots(this.quickjs, roots);
    this.#tick = tick;
    const stack = exports[STACK_POINTER] ?? exports[CONFINED_STACK_POINTER];
    this.deadBytes = (stack as { readonly value: number }).value;
  }

  /** The arguments are the name of the entry. */
  begin(_entry: GuestFunction, ptr: number, len: number): unknown {
    const { quickjs } = this;
    const name = quickjs.memory.at(ptr, len).toString();
    quickjs.free(ptr);
    return this.#enter(() => this.#start(name));
  }

  goOn(_entry: GuestFunction, answer: number, number: number): unknown {
    return this.#enter(() => {
      const { quickjs } = this;
      const bytes = quickjs.memory.copyRecord(answer);
      quickjs.free(answer);
      const given = quickjs.newBytes(bytes);
      const call = quickjs.newNumber(number);
      quickjs.release(quickjs.invoke(this.roots.get("answer"), call, given), call, given);
    });
  }

  ask(asker: Asker, ptr: number, len: number, number: number): number {
    asker.note(number, ptr, len);
    return number;
  }

  /** The number of the next call. */
  nextCall(): number {
    const number = this.roots.get("lastCall") + 1;
    this.roots.set("lastCall", number);
    return number;
  }

  /** The engine says that a promise was rejected, or that somebody handles it now. The values are the host's. */
  onRejection(promise: Value, reason: Value, isHandled: boolean): void {
    const { quickjs } = this;
    const place = quickjs.call("qjs_get_value_ptr", promise);
    if (!isHandled) {
      this.#rejections.set(place, { promise, reason });
      return;
    }
    quickjs.release(promise, reason);
    const handled = this.#rejections.get(place);
    if (handled === undefined) return;
    this.#rejections.delete(place);
    quickjs.release(handled.promise, handled.reason);
  }

  /** Runs all jobs, and then looks for rejections that nobody handles. */
  drain(): void {
    const { quickjs } = this;
    quickjs.drain(this.#tick);
    const [first] = this.#rejections.values();
    if (first !== undefined && this.end?.kind !== "thrown") this.describe("rejection", first.reason);
    const unhandled = [...this.#rejections.values()];
    this.#rejections.clear();
    for (const { promise, reason } of unhandled) quickjs.release(promise, reason);
  }

  /** Says how the run has failed. */
  fail(kind: FailureKind, text: string, stack: string): void {
    this.end = { kind, text: text.slice(0, LONGEST_TEXT), stack: stack.slice(0, LONGEST_STACK) };
  }

  #start(name: string): void {
    const { quickjs, roots } = this;
    const begin = roots.get("begin");
    if (begin !== 0) quickjs.release(quickjs.invoke(begin));
    let namespace = roots.get("namespace");
    let evaluation = 0;
    if (namespace === 0) {
      const module = roots.get("module");
      evaluation = quickjs.evaluateCompiled(module);
      namespace = quickjs.namespaceOf(module);
    }
    const entry = quickjs.newText(name);
    const awaited = evaluation === 0 ? quickjs.newUndefined() : evaluation;
    quickjs.release(quickjs.invoke(roots.get("run"), awaited, namespace, entry), entry, awaited);
  }

  #enter(step: () => void): unknown {
    this.end = undefined;
    this.#rejections.clear();
    try {
      step();
      this.drain();
    } catch (error) {
      if (!(error instanceof Thrown)) throw error;
      this.describe("thrown", error.value);
    }
    return this.end ?? WAITS;
  }

  /** Sets the end to what the kernel says of a value that was thrown. */
  describe(kind: "thrown" | "rejection", reason: Value): void {
    const { quickjs, roots } = this;
    // If there is no memory for an error, the engine throws null.
    if (quickjs.isNull(reason)) {
      this.fail("memory", "", "");
      return;
    }
    try {
      const name = quickjs.newText(kind);
      quickjs.release(quickjs.invoke(roots.get("describe"), name, reason), name);
    } catch (error) {
      if (!(error instanceof Thrown)) throw error;
      this.fail("memory", "", "");
    }
  }
}

/** @param roots Where the roots are in the image. */
export function javaScriptKind(roots: number): SuspensionKind {
  return {
    asks: "host_call",
    functions: ["qjs_init", "qjs_call", "qjs_execute_pending_job", "wasm_free", "JS_EvalFunction"],
    attach: (parts) => new JavaScriptSuspension(parts, roots),
  };
}
