import { readFileSync } from "node:fs";
import { join } from "node:path";
import asc from "assemblyscript/asc";
import SuspendableTransform from "../../transform/index.ts";
import { ROOT } from "./root.ts";

export const RUNTIMES = ["incremental", "minimal", "stub"] as const;
export type Runtime = (typeof RUNTIMES)[number];

const PACKAGE = /^node_modules\/http-background\/(.+)$/;

/** Compiles a script in memory, like a project that has this package in its node_modules. */
export async function compileScript(
  source: string,
  {
    runtime = "incremental",
    flags = ["-O2"],
    isTransformed = true,
  }: { runtime?: Runtime; flags?: string[]; isTransformed?: boolean } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  let wasm: Uint8Array | undefined;
  const argv = ["hook.ts", "--baseDir", ROOT, "-o", "hook.wasm", "--runtime", runtime, ...flags];
  const { error, stderr } = await asc.main(argv, {
    readFile: (name: string) => (name === "hook.ts" ? source : readPackage(name)),
    writeFile: (_name: string, contents: unknown) => {
      wasm = contents as Uint8Array;
    },
    listFiles: () => [],
    transforms: (isTransformed ? [SuspendableTransform] : []) as never,
  });
  if (error !== null) throw new Error(`${error.message}\n${stderr}`);
  return Uint8Array.from(wasm as Uint8Array);
}

function readPackage(name: string): string | null {
  const path = PACKAGE.exec(name.replaceAll("\\", "/"))?.[1];
  if (path === undefined) return null;
  try {
    return readFileSync(join(ROOT, path), "utf8");
  } catch {
    return null;
  }
}
