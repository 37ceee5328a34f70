import { Fifo, type Link } from "../../collections/fifo.ts";
import type { AskingRun } from "../transfer/asking-run.ts";

/** Those who wait, in order of arrival, but the application's own calls come before those of scripts. */
export class WaitingLine<T extends { readonly needs: { readonly asker: AskingRun | null } }> {
  readonly #own = new Fifo<T>();
  readonly #scripts = new Fifo<T>();

  get first(): Link<T> | null {
    return this.#own.first ?? this.#scripts.first;
  }

  get length(): number {
    return this.#own.length + this.#scripts.length;
  }

  push(link: Link<T>): void {
    (link.value.needs.asker === null ? this.#own : this.#scripts).push(link);
  }
}
