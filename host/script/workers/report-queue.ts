import type { SpreadWork } from "../../lifetime/spread-work.ts";
import type { Report } from "../steps/script.ts";
import type { StepEnd } from "../steps/step.ts";
import { StepReader } from "../steps/step-reader.ts";

/** Whoever reads the reports of a worker. */
export interface ReportOwner {
  /** @returns whether a run has ended with a long output, which its caller may drop before the next end is read */
  onEnd(end: StepEnd): boolean;
  /** All ends of this report were read. */
  onRead(report: Report): void;
}

/** Reports of a worker. Many runs may end in one report, with long results, so they are read over several turns. */
export class ReportQueue {
  readonly #work: SpreadWork;
  readonly #owner: ReportOwner;
  readonly #reports: Report[] = [];
  /** Reads the first report, if that has been begun. */
  #reader: StepReader | undefined;
  #isReading = false;
  #onAllRead: (() => void) | undefined;

  /** @param work Of all workers together */
  constructor(work: SpreadWork, owner: ReportOwner) {
    this.#work = work;
    this.#owner = owner;
  }

  add(report: Report): void {
    this.#reports.push(report);
    if (this.#isReading) return;
    this.#isReading = true;
    this.#work.now(() => this.#read());
  }

  /** Calls `onAllRead` when all are read, at once if they are. None is added any more. */
  whenRead(onAllRead: () => void): void {
    if (this.#isReading) this.#onAllRead = onAllRead;
    else onAllRead();
  }

  #read(): void {
    while (this.#reports.length > 0) {
      const isMuch = this.#readOne();
      if (this.#reports.length > 0 && (isMuch || !this.#work.hasTime)) {
        this.#work.later(() => this.#read());
        return;
      }
    }
    this.#isReading = false;
    this.#onAllRead?.();
  }

  /** Reads one end, and leaves the report if it was the last. @returns what `onEnd` says */
  #readOne(): boolean {
    const report = this.#reports[0] as Report;
    this.#reader ??= new StepReader(report);
    const isMuch = !this.#reader.isAtEnd && this.#owner.onEnd(this.#reader.readEnd());
    if (!this.#reader.isAtEnd) return isMuch;
    this.#reader = undefined;
    this.#reports.shift();
    this.#owner.onRead(report);
    return isMuch;
  }
}
