import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { ExtData } from "@msgpack/msgpack";
import { EXT_STRING_AT } from "../../assembly/abi.ts";
import { moduleUrl } from "../../host/package-root.ts";
import { assembleScript, call } from "./script-wat.ts";

const PAGES = 250;
const FROM = 131_072;
/** Of the memory of a guest. */
const LARGE = 16_000_000;

const fill = (size = `(i32.const ${LARGE})`): string =>
  `(memory.fill (i32.const ${FROM}) (i32.const 1) ${size})`;
const repeat = (times: number, body: string): string => `
  (local $i i32)
  (loop $again ${body}
    (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const ${times}))))`;
const ASK = `(drop ${call("args")})`;

export interface MemoryAttack {
  readonly what: string;
  readonly body: string;
  /** Runs at the same time. */
  readonly runs: number;
  readonly data?: Record<string, unknown>;
  readonly pages?: number;
  /** Bytes of each reply. */
  readonly reply?: number;
  /** Bytes of the argument that the application gives to each run. */
  readonly argument?: number;
  /** Whether it is bytes, and not text. */
  readonly isBytes?: boolean;
  /** Modules that are loaded besides, each like no other. */
  readonly loads?: Loads;
}

/** Modules that nobody keeps. */
export interface Loads {
  readonly count: number;
  /** How many are loaded at the same time. */
  readonly atOnce: number;
  /** Bytes of each. */
  readonly size: number;
}

const NO_LOADS: Loads = { count: 0, atOnce: 1, size: 0 };

/** Its digits make a module like no other. */
export const MARKER = "this is module 00000000";

/** The same, with a module whose marker is to be changed. It is made where it does not count as memory of the attack. */
export interface LoadOrder extends Omit<Loads, "size"> {
  readonly module: Uint8Array;
}

/** Ways to hold much memory of the host. */
export const MEMORY_ATTACKS: readonly MemoryAttack[] = [
  { what: "large guests that wait", runs: 50, body: `${fill()} ${ASK}` },
  { what: "large guests that wait again and again", runs: 30, body: repeat(5, `${fill()} ${ASK}`) },
  {
    what: "guests of all sizes that wait again and again",
    runs: 40,
    body: repeat(
      20,
      `${fill("(i32.add (i32.const 65536) (i32.mul (local.get $i) (i32.const 700000)))")} ${ASK}`,
    ),
  },
  {
    what: "guests that grow and end",
    runs: 100,
    pages: 4,
    body: `(drop (memory.grow (i32.const 240))) ${fill("(i32.const 15000000)")}`,
  },
  {
    what: "long posts",
    runs: 60,
    data: { posts: ["default", "http://host/", {}, new ExtData(EXT_STRING_AT, placeOf(FROM, LARGE - FROM))] },
    body: repeat(5, `(drop ${call("posts")})`),
  },
  {
    what: "contents that are kept",
    runs: 40,
    reply: 1_000_000,
    body: repeat(15, ASK),
  },
  { what: "long outputs", runs: 400, body: `(call $echo (i32.const 0) (i32.const 1000000)) ${ASK}` },
  { what: "long arguments", runs: 60, argument: 10_000_000, body: ASK },
  { what: "long bytes as arguments", runs: 60, argument: 10_000_000, isBytes: true, body: ASK },
  {
    what: "guests below 64 KiB of all sizes",
    runs: 5000,
    pages: 4,
    body: repeat(
      4,
      `${fill("(i32.add (i32.const 8000) (i32.mul (local.get $i) (i32.const 15000)))")} ${ASK}`,
    ),
  },
  {
    what: "modules, each like no other",
    runs: 1,
    body: ASK,
    loads: { count: 100, atOnce: 4, size: 1_500_000 },
  },
  {
    what: "large modules that wait to be loaded",
    runs: 1,
    body: ASK,
    loads: { count: 40, atOnce: 40, size: 15_000_000 },
  },
];

/** What a process tells of an attack. */
export interface MemoryReport {
  /** The most resident memory over idle, in MiB. */
  readonly mebibytes: number;
  /** How often a run of the attack ended in each way. */
  readonly ends: Readonly<Record<string, number>>;
  /** How many runs of an honest script ended wrong. */
  readonly wronged: number;
}

/** What a process needs for an attack. */
export interface MemoryOrder extends Required<Pick<MemoryAttack, "runs" | "reply" | "argument" | "isBytes">> {
  readonly hostile: Uint8Array;
  readonly honest: Uint8Array;
  readonly loads: LoadOrder;
  readonly workers: number;
  /** Of the runtime, in MiB. */
  readonly memory: number;
}

/** Plays an attack in a process of its own. */
export async function playMemoryAttack(
  attack: MemoryAttack,
  { runs = attack.runs, ...runtime }: Pick<MemoryOrder, "workers" | "memory"> & { runs?: number },
): Promise<MemoryReport> {
  const file = fileURLToPath(moduleUrl(new URL("./memory-process.js", import.meta.url)));
  const child: ChildProcess = fork(file, { serialization: "advanced", execArgv: ["--expose-gc"] });
  const data = { args: ["default", "http://host/"], ...attack.data };
  const { reply = 2, argument = 0, isBytes = false, loads = NO_LOADS } = attack;
  const hostile = assembleScript({
    body: `(func (export "main") ${attack.body})`,
    pages: attack.pages ?? PAGES,
    data,
  });
  const honest = assembleScript({ body: `(func (export "main") ${ASK} ${ASK})`, data });
  const { size, ...times } = loads;
  const text = MARKER.padEnd(size, "x");
  const module = assembleScript({ body: '(func (export "main"))', pages: PAGES, data: { text } });
  const order = { hostile, honest, runs, reply, argument, isBytes, loads: { ...times, module }, ...runtime };
  child.send(order satisfies MemoryOrder);
  const [report] = (await once(child, "message")) as [MemoryReport];
  await once(child, "exit");
  return report;
}

/** Bytes in the memory of the guest, as the arguments of a call name them. */
function placeOf(address: number, length: number): Uint8Array {
  const place = Buffer.alloc(8);
  place.writeUInt32LE(address);
  place.writeUInt32LE(length, 4);
  return place;
}
