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

function onOrder(order: Order): void {
  orders.push(order);
  for (let next = orders.shift(); next !== undefined; next = orders.shift()) compute(next);
}

function compute(order: Order): void {
  for (const buffer of order.spare) SPARE.give(buffer);
  for (const notice of order.notices) take(notice);
  const batch = new BatchReader(order.bytes);
  const reader = new StepReader(batch, order);
  let postedAt = performance.now();
  while (!batch.isAtEnd) {
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

/** Takes the memory of what has come in the meantime. Its steps have their turn later. */
function fetch(): void {
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
    const order = next.message as Order;
    for (const buffer of order.spare) SPARE.give(buffer);
    orders.push({ ...order, spare: [] });
  }
}

function post(): void {
  const batch = writer.finish();
  for (const buffer of spent.splice(0)) SPARE.give(buffer);
  const spare: SharedArrayBuffer[] = [];
  while (SPARE.size > MOST_SPARE) spare.push(SPARE.takeLargest() as SharedArrayBuffer);
  const report: Report = { ...batch, spare, spareSize: SPARE.size };
  port.postMessage(report, transferables(batch));
}

port.on("message", onOrder);
parentPort?.postMessage("started");
