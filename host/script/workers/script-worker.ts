import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from "node:worker_threads";
import type { SpreadWork } from "../../lifetime/spread-work.ts";
import { startWorker, type WorkerCode } from "../../worker-code.ts";
import type { PageStore } from "../pages/page-store.ts";
import { LONG_FROM } from "../pages/paged-bytes.ts";
import { Board, cellOf, WINDOW } from "../steps/board.ts";
import { transferables } from "../steps/codes.ts";
import type { ComputableScript, Notice, Order, Report, WorkerData, WorkerSetup } from "../steps/script.ts";
import type { StepEnd } from "../steps/step.ts";
import { StepWriter } from "../steps/step-writer.ts";
import { type ComputedRun, stepOf } from "./computing.ts";
import { PageLoan } from "./page-loan.ts";
import { ReportQueue } from "./report-queue.ts";

/** The owner of workers. */
export interface WorkerOwner {
  /** The memory that all workers see. */
  readonly store: PageStore;
  /** In it, the ends of steps are worked off. */
  readonly spread: SpreadWork;
  /** A step has ended. If the run is over, `isWanted` is false, and only what the step has used counts. */
  onStep(run: ComputedRun, end: StepEnd, isWanted: boolean): void;
  /** It may have room for more steps. */
  onRoom(worker: ScriptWorker): void;
  /** The thread has ended. `victim` is the run whose step it computed then. Steps of `others` were not computed. */
  onGone(worker: ScriptWorker, victim: ComputedRun | undefined, others: readonly ComputedRun[]): void;
}

/** A step that was sent. */
interface Sent {
  readonly run: ComputedRun;
  /** In bytes. */
  readonly size: number;
}

/** The code of a worker. */
export const WORKER_CODE: WorkerCode = new URL("./worker-thread.js", import.meta.url);

/** The size of a worker's JavaScript heap in mebibytes. Guests and messages are outside of it. */
const HEAP = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 16 } as const;

/** Bytes of steps that it may have been sent and not ended, besides memory that threads share. One step may have more. */
const MOST_BYTES_AHEAD = 1 << 20;

/** One thread that computes, and the steps that it was sent. */
export class ScriptWorker {
  readonly board = new Board();
  /** Resolves when it can compute, or when it has ended before that. */
  readonly started: Promise<void>;
  /** Whether an error has ended it before its first module had run to its end. */
  hasFailedToStart = false;
  /** Whether it has ended because its heap was full. */
  hasFullHeap = false;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #owner: WorkerOwner;
  readonly #scripts: ReadonlyMap<number, ComputableScript>;
  /** Scripts that it knows. */
  readonly #known = new Set<number>();
  /** Runs that it knows. */
  readonly #runs = new Set<number>();
  /** By ticket, in the order in which they were sent. */
  readonly #sent = new Map<number, Sent>();
  #bytesAhead = 0;
  readonly #writer = new StepWriter();
  readonly #reports: ReportQueue;
  #notices: Notice[] = [];
  readonly #loan: PageLoan;
  #lastTicket = 0;
  #isFlushing = false;
  /** Whether the worker waits until it is told that its report was read. */
  #isAwaited = false;
  #hasStarted = false;
  #isEnding = false;
  #isGone = false;

  constructor(
    owner: WorkerOwner,
    scripts: ReadonlyMap<number, ComputableScript>,
    setup: WorkerSetup,
    code: WorkerCode,
  ) {
    const { port1, port2 } = new MessageChannel();
    this.#owner = owner;
    this.#loan = new PageLoan(owner.store, setup.pagesForStep);
    this.#reports = new ReportQueue(owner.spread, {
      onEnd: (end) => this.#onEnd(end),
      onRead: (report) => this.#onRead(report),
    });
    this.#scripts = scripts;
    this.#port = port1;
    this.#worker = startWorker(code, {
      workerData: { ...setup, board: this.board.buffer, port: port2 } satisfies WorkerData,
      transferList: [port2],
      resourceLimits: HEAP,
      // Nothing of the application: no environment, no arguments, no standard streams.
      env: {},
      argv: [],
      execArgv: [],
    });
    // The exit follows. There its runs learn of it.
    this.#worker.on("error", (error: NodeJS.ErrnoException) => {
      this.hasFailedToStart = !this.#hasStarted;
      this.hasFullHeap = error.code === "ERR_WORKER_OUT_OF_MEMORY";
    });
    this.#worker.on("exit", () => this.#onExit());
    this.#port.on("message", (report: Report) => this.#reports.add(report));
    this.started = this.#start();
  }

  get load(): number {
    return this.#sent.size;
  }

  get hasRoom(): boolean {
    if (this.#isEnding || this.#isGone || this.#bytesAhead >= MOST_BYTES_AHEAD) return false;
    const [oldest = this.#lastTicket] = this.#sent.keys();
    return this.#sent.size < WINDOW && this.#lastTicket - oldest < WINDOW - 1;
  }

  /** @throws RangeError if there is no memory for what the worker needs. Then nothing was sent. */
  send(run: ComputedRun): void {
    const ticket = this.#lastTicket + 1;
    const step = stepOf(run, ticket, this.#runs.has(run.number));
    const before = this.#writer.size;
    this.#writer.writeStep(step);
    const size = this.#writer.size - before;
    this.#lastTicket = ticket;
    if (this.#sent.size === 0) this.#work();
    this.#sent.set(ticket, { run, size });
    run.pages.beginStep();
    this.#bytesAhead += size;
    this.#introduce(run.script);
    this.#runs.add(run.number);
    this.board.send(ticket);
    this.#flushSoon();
  }

  /** Called when the run is over, or goes on in another worker. */
  forget(run: ComputedRun): void {
    for (const [ticket, sent] of this.#sent) {
      if (sent.run !== run) continue;
      if (this.board.takeBack(ticket)) this.#forget(ticket, sent);
      else this.board.cancel(ticket);
    }
    if (this.#runs.delete(run.number)) this.#tell({ forget: run.number });
  }

  removeScript(id: number): void {
    if (this.#known.delete(id)) this.#tell({ remove: id });
  }

  /** Takes back all steps that it has not begun. @returns Their runs */
  takeBack(): ComputedRun[] {
    const taken: ComputedRun[] = [];
    for (const [ticket, sent] of this.#sent) {
      const { run } = sent;
      if (!this.board.takeBack(ticket)) continue;
      this.#forget(ticket, sent);
      taken.push(run);
      if (this.#runs.delete(run.number)) this.#tell({ forget: run.number });
    }
    return taken;
  }

  /** Ends the thread, whatever it does. */
  async terminate(): Promise<void> {
    // `terminate` of Node keeps the process alive until the thread has ended. `unref` would undo that.
    this.#isEnding = true;
    await this.#worker.terminate();
  }

  async #start(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#worker.once("message", () => {
        this.#hasStarted = true;
        resolve();
      });
      this.#worker.once("exit", () => resolve());
    });
    if (this.#sent.size === 0) this.#rest();
  }

  #introduce(id: number): void {
    if (this.#known.has(id)) return;
    this.#known.add(id);
    this.#tell({ add: { id, script: this.#scripts.get(id) as ComputableScript } });
  }

  #tell(notice: Notice): void {
    this.#notices.push(notice);
    this.#flushSoon();
  }

  /** One message for all that is sent in a turn of the event loop: a message costs as much as ten steps. */
  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#isFlushing = false;
    if (this.#isGone) return;
    const notices = this.#notices;
    this.#notices = [];
    try {
      const batch = this.#writer.finish();
      const isSeen = this.#isAwaited;
      this.#isAwaited = false;
      const order: Order = { ...batch, notices, ...this.#loan.renew(), isSeen };
      this.#port.postMessage(order, transferables(batch));
    } catch {
      // There is no memory for the message. What was in it goes to another worker.
      void this.terminate();
    }
  }

  #onEnd(end: StepEnd): boolean {
    const run = this.#end(end.ticket);
    const held = this.#loan.endStep(end);
    const outputBytes = end.outcome.kind === "waits" ? 0 : (run?.outputBytes ?? 0) + end.output.length;
    if (run !== undefined) this.#owner.onStep(run, held.end, this.#runs.has(run.number));
    held.release();
    return outputBytes >= LONG_FROM;
  }

  #onRead(report: Report): void {
    if (this.#isGone) return;
    if (report.isWaiting) this.#answerReport();
    else if (this.#loan.isShort) this.#flushSoon();
    this.#owner.onRoom(this);
  }

  /** When the ends are counted, and runs have lost what is too much. */
  #answerReport(): void {
    this.#isAwaited = true;
    this.#flushSoon();
  }

  #end(ticket: number): ComputedRun | undefined {
    const sent = this.#sent.get(ticket);
    if (sent === undefined) return undefined;
    this.#forget(ticket, sent);
    return sent.run;
  }

  #forget(ticket: number, { run, size }: Sent): void {
    this.#sent.delete(ticket);
    this.#bytesAhead -= size;
    run.pages.endStep();
    if (this.#sent.size === 0) this.#rest();
  }

  #onExit(): void {
    this.#isGone = true;
    // What it has posted before its end is not lost.
    for (
      let left = receiveMessageOnPort(this.#port);
      left !== undefined;
      left = receiveMessageOnPort(this.#port)
    ) {
      this.#reports.add(left.message as Report);
    }
    this.#port.close();
    this.#reports.whenRead(() => this.#tellOfEnd());
  }

  #tellOfEnd(): void {
    const { current } = this.board;
    let victim: ComputedRun | undefined;
    const others: ComputedRun[] = [];
    this.#loan.end();
    for (const [ticket, { run }] of this.#sent) {
      run.pages.endStep();
      if (!this.#runs.has(run.number)) continue;
      if (cellOf(ticket) === current) victim = run;
      else others.push(run);
    }
    this.#sent.clear();
    this.#owner.onGone(this, victim, others);
  }

  /** A worker keeps the process alive only while it has something to compute. */
  #work(): void {
    this.#worker.ref();
    this.#port.ref();
  }

  #rest(): void {
    if (this.#isEnding) return;
    this.#worker.unref();
    this.#port.unref();
  }
}
