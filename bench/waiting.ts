import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { moduleUrl } from "../host/package-root.ts";
import type { Benchmark, Row } from "./benchmark.ts";

const PROGRAM = fileURLToPath(moduleUrl(new URL("./waiting-process.js", import.meta.url)));
/** Is installed for this, in a folder that is removed again. isolated-vm would have to be compiled. */
const PACKAGE = "quickjs-emscripten";

/** What waits, and how many of it. */
const KINDS = [
  { role: "assemblyscript", name: "AssemblyScript script", count: 20_000, isOwn: true },
  { role: "javascript", name: "JavaScript script", count: 20_000, isOwn: true },
  { role: PACKAGE, name: PACKAGE, count: 50, isOwn: false },
  { role: "worker", name: "worker thread", count: 50, isOwn: false },
];

/** A program that waits for an HTTP response: the memory of one more, all that belongs to it included. */
export const waiting: Benchmark = {
  name: "waiting",
  about: "Memory of a program of somebody else that waits for a response",
  async run() {
    const folder = mkdtempSync(join(tmpdir(), "http-background-waiting-"));
    try {
      writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
      spawnSync("npm", ["install", "--silent", "--ignore-scripts", PACKAGE], {
        cwd: folder,
        stdio: "ignore",
      });
      return KINDS.flatMap((kind) => measure(kind, folder));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Nothing if it does not run on this machine. */
function measure({ role, name, count, isOwn }: (typeof KINDS)[number], folder: string): Row[] {
  const args = ["--expose-gc", PROGRAM, role, String(count), folder];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 300_000 });
  if (status !== 0) return [];
  return [{ what: name, value: Number(stdout), unit: "KiB", bar: { name, isOwn } }];
}
