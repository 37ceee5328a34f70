import { spawn } from "node:child_process";
import { once } from "node:events";
import { openAsBlob } from "node:fs";
import { mkdtemp, open, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createHttpBackground, type FileLike, type HttpBackground } from "../host/index.ts";
import { median, type Row } from "./benchmark.ts";
import { MemoryWatch } from "./memory.ts";
import { startServer } from "./server.ts";

const MIB = 1024 * 1024;
const FILE_BYTES = 200 * MIB;
const ROUNDS = 3;

/** The seconds that one upload needed. */
interface Spent {
  wall: number;
  cpu: number;
}

/** Uploads a File of 200 MiB as one part in base64, with our code and with `curl -F`, if there is a curl. */
export async function compareUploads(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), "http-background-"));
  await using server = await startServer("discards");
  const http = await createHttpBackground({ threads: [{ id: "default" }] });
  try {
    const path = join(folder, "large");
    await writeFile(path, "");
    await truncate(path, FILE_BYTES);
    return await takeTurns(http, server.url, path);
  } finally {
    await http.close();
    await rm(folder, { recursive: true });
  }
}

async function takeTurns(http: HttpBackground, url: string, path: string): Promise<Row[]> {
  const ways: [name: string, upload: () => Promise<Spent>][] = [
    ["a FileHandle", () => uploadHandle(http, url, path)],
    ["a Blob", async () => upload(http, url, await openAsBlob(path))],
  ];
  if (await hasCurl()) ways.push(["curl -F", () => uploadByCurl(url, path)]);
  const spent = ways.map((): Spent[] => []);
  using memory = new MemoryWatch();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, [, run]] of ways.entries()) spent[index]?.push(await run());
  }
  const most = { what: "base64 part: memory over idle", value: memory.mostMebibytes(), unit: "MiB" };
  return [
    ...ways.flatMap(([name], index) => toRows(name, spent[index] ?? [], spent[2])),
    { ...most, target: { most: 64 } },
  ];
}

function toRows(name: string, own: readonly Spent[], curl: readonly Spent[] | undefined): Row[] {
  const rows: Row[] = [
    {
      what: `base64 part, ${name}`,
      value: FILE_BYTES / 1e6 / median(own.map(({ wall }) => wall)),
      unit: "MB/s",
    },
    { what: `base64 part, ${name}, CPU`, value: median(own.map(({ cpu }) => cpu)), unit: "s" },
  ];
  if (curl === undefined || curl === own) return rows;
  const against = (key: keyof Spent): number =>
    median(own.map((spent, round) => (curl[round]?.[key] ?? Number.NaN) / spent[key]));
  return [
    ...rows,
    {
      what: `base64 part, ${name}, against curl`,
      value: against("wall"),
      unit: "times",
      target: { least: 10 },
    },
    { what: `base64 part, ${name}, CPU, against curl`, value: against("cpu"), unit: "times" },
  ];
}

async function uploadHandle(http: HttpBackground, url: string, path: string): Promise<Spent> {
  const handle = await open(path);
  try {
    return await upload(http, url, handle);
  } finally {
    await handle.close();
  }
}

async function upload(http: HttpBackground, url: string, data: FileLike): Promise<Spent> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const result = await http.http_background("default", url, {}, { f: { data, encoder: "base64" } });
  const wall = (performance.now() - start) / 1000;
  if (!(Number(result.content) > FILE_BYTES)) throw new Error(result.error ?? "too little arrived");
  const { user, system } = process.cpuUsage(cpu);
  return { wall, cpu: (user + system) / 1e6 };
}

/** The command `times` of the shell prints the CPU time of its children. */
async function uploadByCurl(url: string, path: string): Promise<Spent> {
  const script = 'curl -q -sSf --noproxy "*" -H Expect: -F "f=@$1;encoder=base64" "$2" > /dev/null && times';
  const start = performance.now();
  const shell = spawn("sh", ["-c", script, "sh", path, url], { stdio: ["ignore", "pipe", "inherit"] });
  const [output] = await Promise.all([text(shell.stdout), once(shell, "close")]);
  const wall = (performance.now() - start) / 1000;
  // There are two lines, for the shell and for its children, such as "0m0.01s 0m0.02s".
  const times = [...output.matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, minutes, seconds]) => Number(minutes) * 60 + Number(seconds),
  );
  const [, , user = Number.NaN, system = Number.NaN] = times;
  return { wall, cpu: user + system };
}

async function hasCurl(): Promise<boolean> {
  const curl = spawn("curl", ["--version"], { stdio: "ignore" });
  return new Promise((resolve) => {
    curl.on("error", () => resolve(false));
    curl.on("close", (status) => resolve(status === 0));
  });
}
