// Runs in its own process, with --expose-gc. Plays an attack on the memory of a runtime, and tells what it came to.
import { readFile } from "node:fs/promises";
import { setImmediate as turn } from "node:timers/promises";
import { ScriptDoor } from "../../host/door/script-door.ts";
import { Plugin } from "../../host/guest/plugin.ts";
import type { Network } from "../../host/network/network.ts";
import type { TransferOwner } from "../../host/network/transfer/transfer.ts";
import { PLUGIN_WASM } from "../../host/plugin-wasm.ts";
import type { Script, ScriptError, ScriptRuntime } from "../../host/script/index.ts";
import { createRuntimeAt } from "../../host/script/runtime.ts";
import { type LoadOrder, MARKER, type MemoryOrder, type MemoryReport } from "./memory-attacks.ts";

const MIB = 1 << 20;
const SAMPLE_MS = 5;

/** A network that answers some turns later, so that many runs wait at the same time. */
class SlowNetwork {
  readonly ids = ["default"];
  readonly #reply: number;
  #waiting: (() => void)[] = [];

  constructor(reply: number) {
    this.#reply = reply;
  }

  start(_transfer: unknown, _options: unknown, { onEnd }: TransferOwner): void {
    this.#waiting.push(() => onEnd({ status: 200, content: Buffer.alloc(this.#reply, "r") }, null));
  }

  async answer(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const due = this.#waiting.splice(0);
      await new Promise((resolve) => setTimeout(resolve, 50));
      for (const one of due) one();
      await turn();
    }
  }
}

async function play(order: MemoryOrder): Promise<MemoryReport> {
  const { hostile, honest, runs, workers, memory, reply, argument, isBytes } = order;
  const fail = (): never => {
    throw new Error("a call failed");
  };
  const plugin = await Plugin.load(await readFile(PLUGIN_WASM), { hasThread: () => true, answerTo: fail });
  const network = new SlowNetwork(reply);
  const door = new ScriptDoor(plugin, network as unknown as Network);
  const runtime = createRuntimeAt(door, { allow: ["http://*:*"], workers, memory: memory * MIB });
  const [worst, best] = [await runtime.load(hostile), await runtime.load(honest)];
  let isOver = false;
  const answered = network.answer(() => isOver);
  // All workers are there, and have computed.
  await Promise.all(Array.from({ length: 20 }, () => best.run()));
  globalThis.gc?.();
  const idle = process.memoryUsage.rss();
  let most = idle;
  const sample = (): void => {
    most = Math.max(most, process.memoryUsage.rss());
  };
  const timer = setInterval(sample, SAMPLE_MS);
  const ends: Record<string, number> = {};
  const text = "a".repeat(argument);
  const args = argument > 0 ? [isBytes ? Buffer.from(text) : text] : [];
  const attack = Promise.all([
    ...Array.from({ length: runs }, () => endOf(worst, ends, args)),
    loadAll(runtime, order.loads, ends),
  ]);
  let [wronged, isAttacked] = [0, true];
  const attacked = attack.finally(() => {
    isAttacked = false;
  });
  while (isAttacked) await best.run().catch(() => wronged++);
  await attacked;
  sample();
  isOver = true;
  clearInterval(timer);
  await answered;
  await runtime.destroy();
  return { mebibytes: (most - idle) / MIB, ends, wronged };
}

async function endOf(
  script: Script,
  ends: Record<string, number>,
  args: (string | Uint8Array)[],
): Promise<void> {
  count(ends, await howEnds(script.run("main", { args })));
}

function count(ends: Record<string, number>, how: string): void {
  ends[how] = (ends[how] ?? 0) + 1;
}

function howEnds(doing: Promise<unknown>): Promise<string> {
  return doing.then(
    () => "to its end",
    (error: ScriptError) => error.code,
  );
}

/** Loads modules, so many at the same time. */
async function loadAll(
  runtime: ScriptRuntime,
  loads: LoadOrder,
  ends: Record<string, number>,
): Promise<void> {
  if (loads.count === 0) return;
  const module = Buffer.from(loads.module);
  const place = module.indexOf(MARKER) + MARKER.length - 8;
  let next = 0;
  const loader = async (): Promise<void> => {
    while (next < loads.count) {
      module.write(String(next++).padStart(8, "0"), place);
      count(ends, await howEnds(runtime.load(module)));
    }
  };
  await Promise.all(Array.from({ length: loads.atOnce }, loader));
}

process.once("message", async (order) => {
  process.send?.(await play(order as MemoryOrder));
  process.disconnect();
});
