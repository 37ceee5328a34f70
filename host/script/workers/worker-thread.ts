// Runs in a worker thread: computes steps of runs.
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { FAILURE, ScriptPlanner } from "../../door/script-planner.ts";
import { Plugin } from "../../guest/plugin.ts";
import { Computer } from "../compute/computer.ts";
import { LentPages } from "../pages/lent-pages.ts";
import { Board } from "../steps/board.ts";
import { transferables } from "../steps/codes.ts";
import { failedEnd } from "../steps/failed-end.ts";
import type { Notice, Order, Report, WorkerData } from "../steps/script.ts";
import type { StepEnd } from "../steps/step.ts";
import { StepReader } from "../steps/step-reader.ts";
import { StepWriter } from "../steps/step-writer.ts";

/** Milliseconds after which what has ended is posted, though there is more to do. */
const POST_AFTER_MS = 1;
/** Bytes after which what has ended is posted. */
const POST_AFTER_BYTES = 1 << 20;

/**
 * Bytes of guests and posts that were posted, after which it waits until the owner has counted them. Otherwise a worker
 * fills the process while the owner is busy.
 */
const MOST_UNSEEN = 1 << 25;

const { board: cells, plugin: module, threads, port, pagesForStep } = workerData as WorkerData;
const board = new Board(cells);
const ids = new Set(threads);
const lent = new LentPages();
const writer = new StepWriter(lent);

const plugin = Plugin.of(module, {
  hasThread: (id) => ids.has(id),
  answerTo: () => FAILURE,
  fillRandom: (bytes) => computer.fillRandom(bytes),
});
const computer = new Computer(new ScriptPlanner(plugin), {
  pages: lent.pages,
  mayGoOn,
  put: (bytes) => lent.put(bytes),
});

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
let steps: StepReader | undefined;
/** Bytes that it has posted, and that the owner may not have counted. */
let unseen = 0;
/** Whether it has asked the owner to count them, and waits. */
let isWaiting = false;

function onOrder(order: Order): void {
  receive(order);
  computeAll();
}

/** Takes what is for the worker. The steps have their turn later. */
function receive(order: Order): void {
  for (const segment of order.segments) lent.pages.add(segment);
  for (const id of order.dropped) lent.pages.remove(id);
  lent.lend(order.lent);
  if (order.isSeen) {
    unseen = 0;
    isWaiting = false;
  }
  orders.push(order);
}

/** Whether it has posted too much, or has too few pages for what a step may need. Without anything unseen it gets no more. */
function mustWait(): boolean {
  return unseen >= MOST_UNSEEN || (unseen > 0 && lent.count < pagesForStep);
}

function computeAll(): void {
  while (!isWaiting) {
    steps ??= open(orders.shift());
    if (steps === undefined) return;
    compute(steps);
  }
}

function open(order: Order | undefined): StepReader | undefined {
  if (order === undefined) return undefined;
  for (const notice of order.notices) take(notice);
  return new StepReader(order);
}

function compute(reader: StepReader): void {
  let postedAt = performance.now();
  while (!reader.isAtEnd) {
    if (isWaiting) return;
    const step = reader.readStep();
    if (!board.claim(step.ticket)) continue;
    if ("error" in step) {
      write(failedEnd(step.ticket, step.error));
    } else {
      write(computer.compute(step));
    }
    board.rest();
    const now = performance.now();
    const size = writer.size + writer.sizeBeside;
    if (now - postedAt < POST_AFTER_MS && size < POST_AFTER_BYTES) continue;
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
  lent.takeBack();
}

/** Receives what has come in the meantime. */
function fetch(): void {
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
    receive(next.message as Order);
  }
}

function post(): void {
  unseen += writer.sizeBeside;
  const batch = writer.finish();
  const wasWaiting = isWaiting;
  isWaiting = mustWait();
  const report: Report = { ...batch, isWaiting: isWaiting && !wasWaiting };
  port.postMessage(report, transferables(batch));
}

port.on("message", onOrder);
parentPort?.postMessage("started");
