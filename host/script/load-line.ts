import { type Limits, loadLimitError } from "./blame/limits.ts";
import type { GivenText } from "./compile/script-text.ts";
import { checkRoom } from "./load-room.ts";
import type { MemoryBudget } from "./run/memory-budget.ts";

/** Counts the scripts that are loaded or compiled now, or wait for that, and the bytes that are kept for them. */
export class LoadLine {
  readonly #limits: Pick<Limits, "concurrentLoads" | "loadingBytes">;
  readonly #memory: MemoryBudget;
  #count = 0;
  #bytes = 0;

  constructor(limits: Pick<Limits, "concurrentLoads" | "loadingBytes">, memory: MemoryBudget) {
    this.#limits = limits;
    this.#memory = memory;
  }

  /**
   * @param bytes of the module or the texts
   * @throws ScriptError QUEUE_LIMIT if it is one too many, or if these are too many bytes, MEMORY_LIMIT if there is no room for
   * them; what `load` throws
   */
  async load<T>(bytes: number, load: () => Promise<T>): Promise<T> {
    const { concurrentLoads, loadingBytes } = this.#limits;
    if (this.#count >= concurrentLoads) throw loadLimitError("concurrentLoads", concurrentLoads);
    if (this.#bytes + bytes > loadingBytes) throw loadLimitError("loadingBytes", loadingBytes);
    checkRoom(this.#memory, bytes);
    this.#count++;
    this.#keep(bytes);
    try {
      return await load();
    } finally {
      this.#count--;
      this.#keep(-bytes);
    }
  }

  #keep(bytes: number): void {
    this.#bytes += bytes;
    this.#memory.hold(bytes);
  }
}

/** What is kept of a script until it is loaded. Of a path, nothing is. */
export function sizeOfScript(script: string | GivenText): number {
  return typeof script === "string" ? 0 : script.sources.reduce((size, [, text]) => size + text.length, 0);
}
