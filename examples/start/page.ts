import { styleText } from "node:util";

const BAR_WIDTH = 30;

/** What is printed: plain lines, and colours and a bar that moves if it is a terminal. */
export class Page {
  readonly #isTerminal = process.stdout.isTTY === true;
  readonly #hasColours = this.#isTerminal && !process.env.NO_COLOR;
  #hasBar = false;

  title(text: string): void {
    this.#print(`\n${this.#style("bold", text)}\n`);
  }

  /** A sentence of the story. */
  say(text: string): void {
    this.#print(`  ${text}`);
  }

  /** A program, or what it printed. */
  quote(text: string): void {
    for (const line of text.trimEnd().split("\n")) this.#print(`    ${this.#style("cyan", line)}`);
  }

  good(text: string): void {
    this.#print(`  ${this.#style("green", "✔")} ${text}`);
  }

  /** A bar, until something else is printed. Without a terminal there is none. */
  progress(share: number, text: string): void {
    if (!this.#isTerminal) return;
    const full = Math.round(share * BAR_WIDTH);
    process.stdout.write(`\r  ${"█".repeat(full)}${"░".repeat(BAR_WIDTH - full)} ${text}\u001b[K`);
    this.#hasBar = true;
  }

  #print(text: string): void {
    if (this.#hasBar) process.stdout.write("\r\u001b[K");
    this.#hasBar = false;
    console.log(text);
  }

  #style(format: "bold" | "cyan" | "green", text: string): string {
    return this.#hasColours ? styleText(format, text) : text;
  }
}
