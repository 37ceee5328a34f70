// Runs in a worker thread: computes steps of runs.
import { parentPort, workerData } from "node:worker_threads";
import { Plugin } from "../../guest/plugin.ts";
import { FAILURE, ScriptPlanner } from "../../script-planner.ts";
import { Computer } from "../compute/computer.ts";
import { BatchReader } from "../steps/batch.ts";
import { Board } from "../steps/board.ts";
import { StepReader, StepWriter } from "../steps/codec.ts";
import { failedEnd } from "../steps/failed-end.ts";
import type { Notice, Order, WorkerData } from "../steps/script.ts";
import type { StepEnd } from "../steps/step.ts";

/** Milliseconds after which what has ended is posted, though there is more to do. */
const POST_AFTER_MS = 1;
/** Bytes after which what has ended is posted. */
const POST_AFTER_BYTES = 1 << 20;

const { board: cells, plugin: module, threads, port } = workerData as WorkerData;
const board = new Board(cells);
const ids = new Set(threads);
const writer = new StepWriter();

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

function compute({ notices, bytes, shared }: Order): void {
  for (const notice of notices) take(notice);
  const batch = new BatchReader(bytes);
  const reader = new StepReader(batch, shared);
  let postedAt = performance.now();
  while (!batch.isAtEnd) {
    const step = reader.readStep();
    if (!board.claim(step.ticket)) continue;
    write("error" in step ? failedEnd(step.ticket, step.error) : computer.compute(step));
    board.rest();
    const now = performance.now();
    if (now - postedAt < POST_AFTER_MS && writer.size < POST_AFTER_BYTES) continue;
    post();
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

function post(): void {
  const batch = writer.finish();
  port.postMessage(batch, [batch.bytes.buffer]);
}

port.on("message", compute);
parentPort?.postMessage("started");
