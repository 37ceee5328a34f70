import { Thrown } from "./engine-values.ts";
import type { Loading } from "./javascript-suspension.ts";
import type { QuickJs } from "./quickjs.ts";

/** `import()` of a text that is written there. */
const LATER = /\bimport\s*\(\s*(["'`])([^"'`\\\n$]+)\1/g;
/** Errors of compiling that a module can throw again. */
const ERRORS: ReadonlySet<string> = new Set(["SyntaxError", "TypeError", "ReferenceError"]);

/** Finds the modules that the modules of a script import by `import()`, so that they are there in its runs. */
export class LaterImports {
  readonly #texts: Pick<Loading, "read" | "resolve">;
  readonly #known = new Set<string>();
  readonly #found: string[] = [];

  constructor(texts: Pick<Loading, "read" | "resolve">) {
    this.#texts = texts;
  }

  /** The text of a module that is loaded now. Notes what it imports later. */
  read(name: string): string | undefined {
    const text = this.#texts.read(name);
    if (text === undefined || this.#known.has(name)) return text;
    this.#known.add(name);
    for (const [, , specifier = ""] of text.matchAll(LATER)) this.#note(name, specifier);
    return text;
  }

  /** Compiles what was found. One that does not compile throws the error when it is imported. */
  compile(quickjs: QuickJs): void {
    for (let name = this.#found.pop(); name !== undefined; name = this.#found.pop()) {
      if (this.#known.has(name)) continue;
      const text = this.#tryRead(name);
      if (text === undefined) continue;
      try {
        quickjs.compileModule(text, name);
      } catch (error) {
        if (!(error instanceof Thrown)) throw error;
        quickjs.compileModule(throwing(quickjs, error), name);
      }
    }
  }

  #note(importer: string, specifier: string): void {
    try {
      this.#found.push(this.#texts.resolve(importer, specifier));
    } catch {
      // The script gets the error when it imports.
    }
  }

  /** What may not be read is not there. */
  #tryRead(name: string): string | undefined {
    try {
      return this.read(name);
    } catch {
      return undefined;
    }
  }
}

/** The text of a module that throws what was thrown. */
function throwing(quickjs: QuickJs, { value }: Thrown): string {
  const texts = ["name", "message"].map((name) => {
    const property = quickjs.property(value, name);
    const text = quickjs.text(property);
    quickjs.release(property);
    return text;
  });
  quickjs.release(value);
  const [name = "", message] = texts;
  return `throw new ${ERRORS.has(name) ? name : "Error"}(${JSON.stringify(message)});`;
}
