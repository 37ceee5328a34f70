// Runs in a worker thread: computes steps of runs.
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { isShared } from "../../guest/parked/shareable.ts";
import { SPARE } from "../../guest/parked/spare-memory.ts";
import { Plugin } from "../../guest/plugin.ts";
import { FAILURE, ScriptPlanner } from "../../script-planner.ts";
import { Computer } from "../compute/computer.ts";
import { BatchReader } from "../steps/batch.ts";
import { Board } from "../steps/board.ts";
import { StepReader, StepWriter, transferables } from "../steps/codec.ts";
import { failedEnd } from "../steps/failed-end.ts";
import type { Notice, Order, Report, WorkerData } from "../steps/script.ts";
import type { StepEnd } from "../steps/step.ts";

/** Milliseconds after which what has ended is posted, though there is more to do. */
const POST_AFTER_MS = 1;
/** Bytes after which what has ended is posted. */
const POST_AFTER_BYTES = 1 << 20;

/**
 * Bytes of guests and posts that were posted, after which it waits until the owner has counted them. Otherwise a worker
 * fills the process while the owner is busy.
 */
const MOST_UNSEEN = 1 << 25;

/** Bytes that a worker has to spare. */
const MOST_SPARE = 3 << 23;

const { board: cells, plugin: module, threads, port } = workerData as WorkerData;
const board = new Board(cells);
const ids = new Set(threads);
const writer = new StepWriter();
/** Memory of guests whose steps have ended. Until the owner knows this, it may need the memory for another worker. */
const spent: SharedArrayBuffer[] = [];

const plugin = Plugin.of(module, { hasThread: (id) => ids.has(id), answerTo: () => FAILURE });
const computer = new Computer(new ScriptPlanner(plugin), mayGoOn);

function take({ add, remove, forget }: Notice): void {
  if (add !== undefined) computer.addScript(add.id, add.script);
  if (remove !== undefined) computer.removeScript(remove);
  if (forget !== undefined) computer.forget(forget);
}

/** Called now and then in a step. */
function mayGoOn(): boolean {
  // The step takes long, and what has ended before must not wait for it.
  if (writer.size > 0) post();
  return board.beat();
}

/** Messages that have come while it computed. */
const orders: Order[] = [];
/** The steps of a message, as far as they were not read. */
let steps: { readonly batch: BatchReader; readonly reader: StepReader } | undefined;
/** Bytes that it has posted, and that the owner may not have counted. */
let unseen = 0;

function onOrder(order: Order): void {
  receive(order);
  computeAll();
}

/** Takes what is for the worker. The steps have their turn later. */
function receive(order: Order): void {
  for (const buffer of order.spare) SPARE.give(buffer);
  if (order.isSeen) unseen = 0;
  orders.push(order);
}

function computeAll(): void {
  while (unseen < MOST_UNSEEN) {
    steps ??= open(orders.shift());
    if (steps === undefined) return;
    compute(steps);
  }
}

function open(order: Order | undefined): typeof steps {
  if (order === undefined) return undefined;
  for (const notice of order.notices) take(notice);
  const batch = new BatchReader(order.bytes);
  return { batch, reader: new StepReader(batch, order) };
}

function compute({ batch, reader }: NonNullable<typeof steps>): void {
  let postedAt = performance.now();
  while (!batch.isAtEnd) {
    if (unseen >= MOST_UNSEEN) return;
    const step = reader.readStep();
    if (!board.claim(step.ticket)) continue;
    if ("error" in step) {
      write(failedEnd(step.ticket, step.error));
    } else {
      write(computer.compute(step));
      const { bytes: parked } = step.from?.parked ?? {};
      if (parked !== undefined && isShared(parked)) spent.push(parked.buffer as SharedArrayBuffer);
    }
    board.rest();
    const now = performance.now();
    if (now - postedAt < POST_AFTER_MS && writer.size < POST_AFTER_BYTES) continue;
    post();
    fetch();
    postedAt = now;
  }
  steps = undefined;
  if (writer.size > 0) post();
}

function write(end: StepEnd): void {
  try {
    writer.writeEnd(end);
  } catch (error) {
    // There is no memory for it. The run ends, and no other.
    writer.writeEnd(failedEnd(end.ticket, error, end));
  }
}

/** Receives what has come in the meantime. */
function fetch(): void {
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
    receive(next.message as Order);
  }
}

function post(): void {
  const batch = writer.finish();
  for (const buffer of spent.splice(0)) SPARE.give(buffer);
  const spare: SharedArrayBuffer[] = [];
  while (SPARE.size > MOST_SPARE) spare.push(SPARE.takeLargest() as SharedArrayBuffer);
  const wasWaiting = unseen >= MOST_UNSEEN;
  for (const { byteLength } of [...batch.shared, ...batch.moved]) unseen += byteLength;
  const isWaiting = !wasWaiting && unseen >= MOST_UNSEEN;
  const report: Report = { ...batch, spare, spareSize: SPARE.size, isWaiting };
  port.postMessage(report, transferables(batch));
}

port.on("message", onOrder);
parentPort?.postMessage("started");
