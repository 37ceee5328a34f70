import { mkdtemp, open, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHttpBackground, type HttpBackground } from "../host/index.ts";
import type { Benchmark, Row } from "./benchmark.ts";
import { MemoryWatch } from "./memory.ts";
import { startServer } from "./server.ts";

const MIB = 1024 * 1024;
const BYTES = 1024 * MIB;
const WARM_UP_BYTES = 16 * MIB;

/** Streams one large File: its speed and its memory. */
export const uploads: Benchmark = {
  name: "uploads",
  about: `POST of a File of ${BYTES / MIB} MiB, untouched, to a server that counts and discards`,
  async run() {
    const folder = await mkdtemp(join(tmpdir(), "http-background-"));
    await using server = await startServer("discards");
    const http = await createHttpBackground({ threads: [{ id: "default" }] });
    try {
      const path = join(folder, "large");
      await writeFile(path, "");
      await upload(http, server.url, path, WARM_UP_BYTES);
      return await measure(http, server.url, path);
    } finally {
      await http.close();
      await rm(folder, { recursive: true });
    }
  },
};

async function measure(http: HttpBackground, url: string, path: string): Promise<Row[]> {
  using memory = new MemoryWatch();
  const cpu = process.cpuUsage();
  const start = performance.now();
  await upload(http, url, path, BYTES);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return [
    { what: "throughput", value: BYTES / MIB / seconds, unit: "MiB/s" },
    { what: "CPU", value: (user + system) / (BYTES / MIB), unit: "µs a MiB" },
    { what: "memory over idle", value: memory.mostMebibytes(), unit: "MiB", target: { most: 64 } },
  ];
}

/** Uses a file that is only a hole, so that the disk is not measured. */
async function upload(http: HttpBackground, url: string, path: string, bytes: number): Promise<void> {
  await truncate(path, bytes);
  const file = await open(path);
  try {
    const result = await http.http_background("default", url, {}, file);
    const received = result.content?.toString();
    if (received !== String(bytes)) throw new Error(`sent ${bytes} bytes: ${result.error ?? received}`);
  } finally {
    await file.close();
  }
}
