import { styleText } from "node:util";

const BAR_WIDTH = 30;

/** What is printed: plain lines, and colours and a bar that moves if it is a terminal. */
export class Page {
  readonly #isTerminal = process.stdout.isTTY === true;
  readonly #hasColours = this.#isTerminal && !process.env.NO_COLOR;

  title(text: string): void {
    console.log(`\n${this.#style("bold", text)}\n`);
  }

  /** A sentence of the story. */
  say(text: string): void {
    console.log(`  ${text}`);
  }

  /** A program, or what it printed. */
  quote(text: string): void {
    for (const line of text.trimEnd().split("\n")) console.log(`    ${this.#style("cyan", line)}`);
  }

  good(text: string): void {
    console.log(`  ${this.#style("green", "✔")} ${text}`);
  }

  /** Replaces the bar before it. Without a terminal, nothing is printed. */
  progress(share: number, text: string): void {
    if (!this.#isTerminal) return;
    const full = Math.round(share * BAR_WIDTH);
    process.stdout.write(`\r  ${"█".repeat(full)}${"░".repeat(BAR_WIDTH - full)} ${text}\u001b[K`);
    if (share >= 1) process.stdout.write("\r\u001b[K");
  }

  #style(format: "bold" | "cyan" | "green", text: string): string {
    return this.#hasColours ? styleText(format, text) : text;
  }
}
