import type { Engine } from "../engine/engine.ts";
import type { DetachedFiber, Instance } from "../engine/instance.ts";
import type { TimeKeeper } from "../engine/meter.ts";
import { Thrown, type Value } from "./engine-values.ts";
import type { JavaScriptSuspension, Loading, RunEnd } from "./javascript-suspension.ts";
import { LaterImports } from "./later-imports.ts";

/** The modules of a script. */
export interface ModuleTexts extends Omit<Loading, "onImpure"> {
  /** The name of the module that is the script. */
  readonly main: string;
}

/** A script as every thread needs it: how the engine differs when it is loaded. */
export interface ScriptImage {
  readonly image: DetachedFiber;
  /** The names of its exports that are functions, as far as that is known. */
  readonly entries: readonly string[];
}

/** A script that cannot be loaded: it does not compile, or its top-level code has thrown. */
export class LoadFailure extends Error {
  readonly end: Exclude<RunEnd, { kind: "returned" }>;
  /** Whether nothing of the script was evaluated yet. */
  readonly isEarly: boolean;

  constructor(end: LoadFailure["end"], isEarly: boolean) {
    super(end.text);
    this.end = end;
    this.isEarly = isEarly;
  }
}

/**
 * Compiles a script and evaluates it. If its top-level code asks for something that is not the same for every run, or waits,
 * the image is that of the script before it was evaluated. Then each run evaluates it.
 *
 * @throws LoadFailure; what `keeper` throws; an error of WebAssembly if the engine traps
 */
export function makeScriptImage<C>(engine: Engine<C>, texts: ModuleTexts, keeper: TimeKeeper): ScriptImage {
  try {
    return engine.compute((instance) => new ImageMaker(instance, texts).make(), keeper);
  } catch (error) {
    throw (error as Error).cause ?? error;
  }
}

class ImageMaker {
  readonly #instance: Instance;
  readonly #suspension: JavaScriptSuspension;
  readonly #texts: ModuleTexts;
  readonly #later: LaterImports;
  #isImpure = false;
  #isEarly = true;

  constructor(instance: Instance, texts: ModuleTexts) {
    this.#instance = instance;
    this.#suspension = instance.suspension as JavaScriptSuspension;
    this.#texts = texts;
    this.#later = new LaterImports(texts);
  }

  make(): ScriptImage {
    const suspension = this.#suspension;
    const { resolve } = this.#texts;
    const read = (name: string): string | undefined => this.#later.read(name);
    suspension.loading = { read, resolve, onImpure: () => this.#onImpure() };
    suspension.end = undefined;
    try {
      return this.#make();
    } catch (error) {
      if (!(error instanceof Thrown)) throw error;
      this.#fail(error.value);
    } finally {
      suspension.loading = undefined;
    }
  }

  #make(): ScriptImage {
    const { quickjs, roots } = this.#suspension;
    const { main } = this.#texts;
    roots.set("module", quickjs.compileModule(this.#later.read(main) ?? "", main));
    this.#later.compile(quickjs);
    this.#isEarly = false;
    const compiled = this.#instance.detach();
    const module = roots.get("module");
    const evaluation = quickjs.evaluateCompiled(module);
    roots.set("namespace", quickjs.namespaceOf(module));
    this.#suspension.drain();
    const entries = this.#entries();
    const isUsable = !this.#isImpure && !quickjs.isPending(evaluation);
    const reason = quickjs.rejectionOf(evaluation);
    if (isUsable && reason !== undefined) this.#fail(reason);
    if (isUsable) this.#failIfEnded();
    quickjs.release(evaluation);
    quickjs.call("qjs_run_gc");
    // Always, because it is what the instance is cleaned by.
    const evaluated = this.#instance.detach();
    return { image: isUsable ? evaluated : compiled, entries };
  }

  /** If its code is evaluated anew in each run, only then it is known which of its exports are functions. */
  #entries(): string[] {
    const { quickjs, roots } = this.#suspension;
    const isKnown = quickjs.newBoolean(!this.#isImpure);
    const names = quickjs.invoke(roots.get("entries"), roots.get("namespace"), isKnown);
    return readEntries(quickjs.text(names));
  }

  #onImpure(): void {
    this.#isImpure = true;
  }

  #fail(reason: Value): never {
    this.#suspension.describe("thrown", reason);
    this.#failIfEnded();
    throw new Error("the engine does not say what was thrown");
  }

  #failIfEnded(): void {
    const { end } = this.#suspension;
    if (end !== undefined && end.kind !== "returned") throw new LoadFailure(end, this.#isEarly);
  }
}

/** As many as a module of WebAssembly may have, and as long as a name may be. */
const MOST_ENTRIES = 1024;
const LONGEST_ENTRY = 1024;

/** The kernel writes them, after code of the script has run. @throws Error if they are no list of names */
function readEntries(json: string): string[] {
  const names: unknown = JSON.parse(json);
  if (!Array.isArray(names)) throw new TypeError("the names of the exports are no list");
  const isName = (name: unknown): name is string => typeof name === "string" && name.length <= LONGEST_ENTRY;
  return names.filter(isName).slice(0, MOST_ENTRIES);
}
