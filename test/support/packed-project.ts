import { execFile } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { parseTarGzip } from "nanotar";
import { npm } from "./npm.ts";
import { ROOT } from "./root.ts";

const run = promisify(execFile);

/** A project that contains only the packed package, its dependencies, and the compiler of scripts. */
export class PackedProject {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<PackedProject> {
    const folder = mkdtempSync(join(tmpdir(), "http-background-project-"));
    const modules = join(folder, "node_modules");
    const home = join(modules, "http-background");
    mkdirSync(home, { recursive: true });
    const pack = ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder];
    await npm(...pack);
    const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "";
    await unpack(join(folder, tarball), home);
    const { dependencies } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    for (const name of [...Object.keys(dependencies), "assemblyscript", "typescript"]) {
      const link = join(modules, name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(ROOT, "node_modules", name), link, "junction");
    }
    return new PackedProject(folder);
  }

  /** Copies a file of the repository to the root of the project. */
  copy(path: string, name: string): void {
    cpSync(join(ROOT, path), join(this.folder, name));
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  read(name: string): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(readFileSync(join(this.folder, name)));
  }

  /** Runs a JavaScript file of a package or of the project with the given Node. @returns What it printed. */
  async run(node: string, file: string, ...args: string[]): Promise<string> {
    const { stdout } = await run(node, [file, ...args], { cwd: this.folder }).catch((error) => {
      throw new Error(`${error.message}\n${error.stdout}`);
    });
    return stdout;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Unpacks a package, without the folder `package/`, which contains all its files. */
async function unpack(tarball: string, folder: string): Promise<void> {
  for (const { name, type, data = "" } of await parseTarGzip(readFileSync(tarball))) {
    if (type !== "file") continue;
    const path = join(folder, name.replace(/^[^/]+\//, ""));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, data);
  }
}

/**
 * The current Node, and the oldest and the newest Node that `npm run test:nodes` has fetched. If the current one is one
 * of the fetched ones, only this one.
 */
export function nodes(): string[] {
  const cache = join(ROOT, ".cache", "nodes");
  if (process.execPath.startsWith(cache)) return [process.execPath];
  let versions: string[] = [];
  try {
    versions = readdirSync(cache).filter((name) => /^[\d.]+$/.test(name));
  } catch {
    // No other Node was fetched yet.
  }
  const others = [...new Set([versions.at(0), versions.at(-1)])].filter((name) => name !== undefined);
  return [process.execPath, ...others.map((version) => join(cache, version, "bin", "node"))];
}
