import { MOST_MS_A_TURN, SpreadWork } from "../../lifetime/spread-work.ts";
import type { WorkerCode } from "../../worker-code.ts";
import { PageStore } from "../pages/page-store.ts";
import type { ComputableScript, WorkerSetup } from "../steps/script.ts";
import type { StepEnd } from "../steps/step.ts";
import type { ComputedRun, Computing, Loss } from "./computing.ts";
import { ScriptWorker, WORKER_CODE, type WorkerOwner } from "./script-worker.ts";
import { StepQueue } from "./step-queue.ts";
import { Watchdog } from "./watchdog.ts";

/** A run stays with the worker that knows it, as long as this worker has fewer steps than this. */
const MOST_AT_HOME = 16;
/** After this many workers in a row that have not started, runs do not wait for another one. */
const MOST_FAILED_STARTS = 2;

/** The script workers of a runtime. Steps go to a worker that has room, in fair order. No step waits behind a long one. */
export class WorkerPool implements Computing, WorkerOwner {
  readonly isElsewhere = true;
  readonly store = new PageStore();
  readonly spread = new SpreadWork(MOST_MS_A_TURN);
  readonly #size: number;
  readonly #setup: WorkerSetup;
  readonly #code: WorkerCode;
  readonly #scripts = new Map<number, ComputableScript>();
  readonly #workers = new Set<ScriptWorker>();
  readonly #queue = new StepQueue();
  /** Runs whose worker died once while it computed them. That may have been chance. */
  readonly #survivors = new WeakSet<ComputedRun>();
  /** For each run, by its number: the worker that has computed its last step, and knows its values. */
  readonly #homes = new Map<number, ScriptWorker>();
  readonly #watchdog = new Watchdog({
    onStall: (worker) => this.#onStall(worker),
    onSilence: (worker) => this.#onSilence(worker),
  });
  #failedStarts = 0;
  #isClosed = false;

  /** @param code The code of a worker. Tests have others. */
  constructor(size: number, setup: WorkerSetup, code = WORKER_CODE) {
    this.#size = size;
    this.#setup = setup;
    this.#code = code;
  }

  get workers(): number {
    return this.#workers.size;
  }

  addScript(id: number, script: ComputableScript): void {
    this.#scripts.set(id, script);
  }

  removeScript(id: number): void {
    this.#scripts.delete(id);
    this.#queue.forgetScript(id);
    for (const worker of this.#workers) worker.removeScript(id);
  }

  async ready(): Promise<void> {
    if (this.#isClosed) return;
    const [worker = this.#spawn()] = this.#workers;
    await worker?.started;
  }

  submit(run: ComputedRun): void {
    this.#queue.push(run);
    this.#dispatch();
  }

  forget(run: ComputedRun): void {
    this.#queue.remove(run);
    this.#homes.get(run.number)?.forget(run);
    this.#homes.delete(run.number);
    // A step that was taken back has left room, and the worker will not say so.
    this.#dispatch();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watchdog.close();
    await Promise.all([...this.#workers].map((worker) => worker.terminate()));
  }

  onStep(run: ComputedRun, end: StepEnd, isWanted: boolean): void {
    this.#queue.charge(run, end.cpuMs);
    if (!isWanted) return;
    this.#survivors.delete(run);
    run.onStep(end);
  }

  onRoom(worker: ScriptWorker): void {
    this.#watchdog.onProgress(worker);
    this.#dispatch();
  }

  onGone(worker: ScriptWorker, victim: ComputedRun | undefined, others: readonly ComputedRun[]): void {
    const silentMs = this.#watchdog.forget(worker);
    this.#workers.delete(worker);
    for (const [number, home] of this.#homes) if (home === worker) this.#homes.delete(number);
    this.#failedStarts = worker.hasFailedToStart ? this.#failedStarts + 1 : 0;
    if (victim !== undefined) this.#onVictim(victim, silentMs, worker.hasFullHeap ? "memory" : "died");
    if (this.#failedStarts > MOST_FAILED_STARTS) {
      this.#loseAll(others);
      return;
    }
    for (const run of others) this.submit(run);
    // What waited for this worker goes to the next one.
    this.#dispatch();
  }

  #onVictim(victim: ComputedRun, silentMs: number, how: Loss): void {
    this.#queue.charge(victim, silentMs);
    if (silentMs > 0) victim.onLost("silent");
    else if (this.#survivors.has(victim)) victim.onLost(how);
    else {
      this.#survivors.add(victim);
      this.submit(victim);
    }
  }

  #dispatch(): void {
    if (this.#isClosed) return;
    while (this.#queue.length > 0) {
      const worker = this.#chooseWorker();
      if (worker === undefined) return;
      const run = this.#queue.shift() as ComputedRun;
      this.#trySend(run, this.#homeOf(run) ?? worker);
    }
  }

  /** Ends these runs and all that wait, because there is no worker for them. */
  #loseAll(others: readonly ComputedRun[]): void {
    for (const run of [...others, ...this.#queue.runs]) run.onLost("unstarted");
  }

  #trySend(run: ComputedRun, worker: ScriptWorker): void {
    try {
      this.#send(run, worker);
    } catch {
      // There is no memory for its values. It learns of it later, because it may be about to submit itself.
      setImmediate(() => run.onLost("memory"));
    }
  }

  #send(run: ComputedRun, worker: ScriptWorker): void {
    const home = this.#homes.get(run.number);
    if (home !== worker) {
      home?.forget(run);
      this.#homes.set(run.number, worker);
    }
    worker.send(run);
    this.#watchdog.watch(worker);
  }

  /** The worker that knows the run, if it is not busier than others. */
  #homeOf(run: ComputedRun): ScriptWorker | undefined {
    const home = this.#homes.get(run.number);
    return home !== undefined && this.#mayTake(home) && home.load < MOST_AT_HOME ? home : undefined;
  }

  #chooseWorker(): ScriptWorker | undefined {
    let best: ScriptWorker | undefined;
    for (const worker of this.#workers) {
      if (this.#mayTake(worker) && (best === undefined || worker.load < best.load)) best = worker;
    }
    const mayBeMore = this.#workers.size < this.#size;
    return ((best === undefined || best.load > 0) && mayBeMore ? this.#spawn() : undefined) ?? best;
  }

  #mayTake(worker: ScriptWorker): boolean {
    return worker.hasRoom && !this.#watchdog.isStalled(worker);
  }

  /** Undefined if the system has no thread or no memory for one more. Without any worker, the runs cannot wait for one. */
  #spawn(): ScriptWorker | undefined {
    try {
      const worker = new ScriptWorker(this, this.#scripts, this.#setup, this.#code);
      this.#workers.add(worker);
      return worker;
    } catch {
      if (this.#workers.size === 0) setImmediate(() => this.#loseAll([]));
      return undefined;
    }
  }

  /** A step takes long. What waits behind it goes to other workers. */
  #onStall(worker: ScriptWorker): void {
    for (const run of worker.takeBack()) {
      this.#homes.delete(run.number);
      this.submit(run);
    }
  }

  #onSilence(worker: ScriptWorker): void {
    void worker.terminate();
  }
}
