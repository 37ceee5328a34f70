import { setImmediate as turn } from "node:timers/promises";
import { ScriptError } from "./blame/errors.ts";
import type { Room } from "./load/module-loader.ts";
import { countGarbage, remindCollector } from "./pages/collector.ts";
import type { MemoryBudget } from "./run/memory-budget.ts";

/** What is needed for a module, to load it and while it is kept, in times of its size. */
export const MODULE_SHARE = 6;
/** What V8 and the books of a script need besides for a module that is kept, however small it is. Bytes. */
export const MODULE_BASE = 32 * 1024;

/** @throws ScriptError MEMORY_LIMIT if scripts that are loaded have no room for one more of so many bytes */
export function checkRoom(memory: MemoryBudget, bytes: number): void {
  if (memory.hasRoomFor(bytes)) return;
  // Scripts that nobody has any more are forgotten when V8 has collected them.
  remindCollector();
  const message = `the script was not loaded: it needs ${bytes} bytes, and there is no room for it beside other scripts`;
  throw new ScriptError("MEMORY_LIMIT", message);
}

/** The memory for modules that are loaded now. A module waits while others need it: each in its turn. */
export class LoadRoom implements Room {
  readonly #memory: MemoryBudget;
  /** How many are loaded now. */
  #inside = 0;
  /** Resolves when the last one that came is inside, or was refused. */
  #line: Promise<unknown> = Promise.resolve();
  /** Called when there is one less inside. */
  #onLeave = (): void => {};

  constructor(memory: MemoryBudget) {
    this.#memory = memory;
  }

  /**
   * Loads a module of so many bytes.
   *
   * @throws ScriptError MEMORY_LIMIT if there is no room for it, although nobody else is inside; what `load` throws
   */
  async load<T>(size: number, load: () => Promise<T>): Promise<T> {
    const bytes = size * MODULE_SHARE;
    const entered = this.#line.then(() => this.#enter(bytes));
    this.#line = entered.catch(() => {});
    await entered;
    try {
      return await load();
    } finally {
      this.#leave(bytes);
    }
  }

  async #enter(bytes: number): Promise<void> {
    while (this.#inside > 0 && !this.#memory.hasRoomFor(bytes)) {
      await new Promise<void>((resolve) => {
        this.#onLeave = resolve;
      });
      // The script of the one that has left is counted first.
      await turn();
    }
    if (!this.#memory.hasRoomFor(bytes)) {
      // Scripts that nobody has any more may be there only because V8 has not looked.
      remindCollector();
      await turn();
      await turn();
    }
    checkRoom(this.#memory, bytes);
    this.#memory.hold(bytes);
    this.#inside++;
  }

  #leave(bytes: number): void {
    this.#memory.hold(-bytes);
    this.#inside--;
    countGarbage(bytes);
    this.#onLeave();
  }
}
