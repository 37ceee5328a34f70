import type { SpreadWork } from "../../lifetime/spread-work.ts";
import type { Report } from "../steps/script.ts";
import type { StepEnd } from "../steps/step.ts";
import { StepReader } from "../steps/step-reader.ts";

/** Whoever reads the reports of a worker. */
export interface ReportOwner {
  onEnd(end: StepEnd): void;
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

  /** Reads all at once, because the worker has ended. */
  flush(): void {
    while (this.#reports.length > 0) this.#readOne();
  }

  #read(): void {
    while (this.#reports.length > 0) {
      this.#readOne();
      if (this.#reports.length > 0 && !this.#work.hasTime) {
        this.#work.later(() => this.#read());
        return;
      }
    }
    this.#isReading = false;
  }

  /** Reads one end, and leaves the report if it was the last. */
  #readOne(): void {
    const report = this.#reports[0] as Report;
    this.#reader ??= new StepReader(report);
    if (!this.#reader.isAtEnd) this.#owner.onEnd(this.#reader.readEnd());
    if (!this.#reader.isAtEnd) return;
    this.#reader = undefined;
    this.#reports.shift();
    this.#owner.onRead(report);
  }
}
