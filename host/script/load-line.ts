import { type Limits, loadLimitError } from "./blame/limits.ts";
import type { GivenText } from "./compile/script-text.ts";

/** Counts the scripts that are loaded or compiled now, or wait for that, and the bytes that are kept for them. */
export class LoadLine {
  readonly #limits: Pick<Limits, "concurrentLoads" | "loadingBytes">;
  #count = 0;
  #bytes = 0;

  constructor(limits: Pick<Limits, "concurrentLoads" | "loadingBytes">) {
    this.#limits = limits;
  }

  /**
   * @param bytes of the module or the texts
   * @throws ScriptError QUEUE_LIMIT if it is one too many, or if these are too many bytes; what `load` throws
   */
  async load<T>(bytes: number, load: () => Promise<T>): Promise<T> {
    const { concurrentLoads, loadingBytes } = this.#limits;
    if (this.#count >= concurrentLoads) throw loadLimitError("concurrentLoads", concurrentLoads);
    if (this.#bytes + bytes > loadingBytes) throw loadLimitError("loadingBytes", loadingBytes);
    this.#count++;
    this.#bytes += bytes;
    try {
      return await load();
    } finally {
      this.#count--;
      this.#bytes -= bytes;
    }
  }
}

/** What is kept of a script until it is loaded. Of a path, nothing is. */
export function sizeOfScript(script: string | GivenText): number {
  return typeof script === "string" ? 0 : script.sources.reduce((size, [, text]) => size + text.length, 0);
}
