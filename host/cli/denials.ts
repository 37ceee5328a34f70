import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { PolicyDenied } from "../index.ts";
import { asFlag } from "./flag-advice.ts";
import { writeForeign } from "./terminal.ts";

const CHANNEL = "http-background:policy:denied";

/** Of one run. A script can ask for very many origins. */
const MOST_TOLD = 3;

/** What the policy has denied to a script. The script itself is told nothing. */
export class Denials {
  readonly #lines = new Set<string>();
  #more = 0;

  constructor() {
    subscribe(CHANNEL, this.#note);
  }

  readonly #note = (message: unknown): void => {
    const { origin, rule, advice } = message as PolicyDenied;
    const line = `denied: ${origin} (${rule})${advice === null ? "" : `; to allow it, ${asFlag(advice)}`}`;
    if (this.#lines.has(line) || this.#lines.size < MOST_TOLD) this.#lines.add(line);
    else this.#more++;
  };

  /** Says it on standard error, each thing once. */
  print(script: string): void {
    for (const line of this.#lines) writeForeign(process.stderr, `${script}: ${line}\n`);
    if (this.#more > 0) process.stderr.write(`${this.#more} more requests were denied\n`);
    if (this.#lines.size > 0) process.stderr.write("--learn prints all that the script asks for\n");
  }

  /** Notes nothing more. */
  end(): void {
    unsubscribe(CHANNEL, this.#note);
  }
}
