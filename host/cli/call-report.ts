import type { HopSent, OptionIgnored, Progress, Result, Streamed } from "../index.ts";
import { type CallWatcher, watchCall } from "./call-watcher.ts";
import { checkFormat, Figures } from "./figures.ts";
import { write } from "./output.ts";
import { type ProgressLine, showProgress } from "./progress.ts";
import { requireText } from "./raw-arguments.ts";
import { writeForeign } from "./terminal.ts";
import { Verbose } from "./verbose.ts";

/** The flags for what is told of a call besides its result. */
export const REPORT_FLAGS = {
  verbose: { type: "boolean", short: "v" },
  "write-out": { type: "string", short: "w" },
  silent: { type: "boolean", short: "s" },
} as const;

interface ReportFlags {
  verbose?: boolean | undefined;
  "write-out"?: string | undefined;
  silent?: boolean | undefined;
}

const NO_TERMINAL = { isTTY: false as const, write: () => true };

/** What is told of a call besides its result: what happens to it, how far it is, and figures at its end. */
export class CallReport implements CallWatcher {
  /** What the response comes over. */
  protocol: HopSent["protocol"] | undefined;
  readonly #format: string | undefined;
  readonly #figures = new Figures();
  readonly #verbose: Verbose | undefined;
  /** Whether standard error is not to be disturbed. */
  readonly #isSilent: boolean;
  readonly #unwatch: (() => void)[];
  #line: ProgressLine = showProgress(NO_TERMINAL, 0);
  #result: Result | undefined;

  /**
   * @param isRaw whether the content goes to standard output
   * @throws Mistake for a wrong format
   */
  constructor(flags: ReportFlags, isRaw: boolean) {
    this.#format = flags["write-out"];
    if (this.#format !== undefined) checkFormat(requireText("-w", this.#format));
    this.#verbose = flags.verbose ? new Verbose(process.stderr) : undefined;
    // In one terminal, the line would be in the middle of the content, or of what is told.
    this.#isSilent = flags.silent === true || flags.verbose === true || (isRaw && process.stdout.isTTY);
    const all = [this, this.#figures, ...(this.#verbose === undefined ? [] : [this.#verbose])];
    this.#unwatch = all.map(watchCall);
  }

  /** The call begins. @param fileBytes as in `showProgress` */
  begin(fileBytes: number): void {
    this.#line = showProgress(this.#isSilent ? NO_TERMINAL : process.stderr, fileBytes);
  }

  onIgnored({ option, reason }: OptionIgnored): void {
    writeForeign(process.stderr, `http-background call: ${option}: ${reason}\n`);
  }

  onHopSent({ protocol }: HopSent): void {
    this.protocol = protocol;
  }

  readonly onProgress = (progress: Progress): void => {
    this.#figures.onProgress(progress);
    this.#line.onProgress?.(progress);
  };

  /** The head of the response has come. */
  head(response: Streamed): void {
    this.#figures.head(response);
    this.#verbose?.head(response);
  }

  /** The call is over. */
  end(result: Result): Result {
    this.stop();
    this.#result = result;
    this.#verbose?.end(result);
    return result;
  }

  /** Nothing more is told. */
  stop(): void {
    this.#line.end();
    for (const stop of this.#unwatch.splice(0)) stop();
  }

  /** Prints the figures, after all else. */
  async print(exitCode: number): Promise<void> {
    this.stop();
    if (this.#format === undefined || this.#result === undefined) return;
    this.#figures.end(this.#result, exitCode);
    await write(this.#figures.fill(this.#format));
  }
}
