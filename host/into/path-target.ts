import { randomBytes } from "node:crypto";
import type { Stats } from "node:fs";
import { type FileHandle, open, readlink, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { HandleTarget } from "./handle-target.ts";
import { overwrite } from "./overwrite.ts";
import { PipeTarget } from "./pipe-target.ts";
import type { Target } from "./target.ts";

const PERMISSIONS = 0o7777;

/**
 * A file by its path. The content is written into a new file beside it, which takes its place when all is there. So
 * nobody sees a part of the content, and nothing is lost if the transfer fails.
 *
 * A symbolic link stays, and so does its target's name. A file with several names keeps them: it is overwritten at the
 * end, see `overwrite`. What is no regular file, such as a pipe or a device, is written as it is.
 */
export class PathTarget implements Target {
  #path: string;
  #existing: Stats | null = null;
  /** The file beside it; null if it is written itself. */
  #beside: string | null = null;
  /** What is written. */
  #target: Target | null = null;
  #handle: FileHandle | null = null;
  /** The target, if the path is that of a named pipe. */
  #pipe: PipeTarget | null = null;
  /** Resolves when it is open, or could not be opened. */
  #opened: Promise<void> = Promise.resolve();
  #isAbandoned = false;

  constructor(path: string | URL) {
    this.#path = typeof path === "string" ? path : fileURLToPath(path);
  }

  open(): Promise<void> {
    const opening = this.#open();
    this.#opened = opening.catch(() => {});
    return opening;
  }

  async #open(): Promise<void> {
    this.#path = await behindLinks(this.#path);
    this.#existing = await statOf(this.#path);
    if (this.#isAbandoned) throw new Error("the call has ended");
    if (this.#existing?.isFIFO()) return this.#openPipe();
    const isRegular = this.#existing?.isFile() ?? true;
    if (isRegular) this.#beside = nameBeside(this.#path);
    this.#handle = await open(this.#beside ?? this.#path, isRegular ? "wx" : "w", this.#mode);
    this.#target = new HandleTarget(this.#handle);
    if (this.#existing !== null && isRegular) await this.#resemble(this.#handle, this.#existing);
    if (this.#isAbandoned) await this.#remove();
  }

  /** Gives the new file the owner and the mode of the one whose place it takes. */
  async #resemble(handle: FileHandle, { uid, gid }: Stats): Promise<void> {
    // Only root may give a file to anybody, and others to their groups. The mode comes after it: this takes setuid away.
    await handle.chown(uid, gid).catch(() => {});
    await handle.chmod(this.#mode);
  }

  async #openPipe(): Promise<void> {
    this.#target = this.#pipe = new PipeTarget(this.#path);
    await this.#pipe.open();
  }

  write(piece: Uint8Array): Promise<void> {
    return (this.#target as Target).write(piece);
  }

  async finish(): Promise<void> {
    if (this.#pipe !== null) return this.#pipe.finish();
    await this.#close();
    if (this.#isAbandoned) throw new Error("the call has ended");
    if (this.#beside === null) return;
    if (this.#existing === null || this.#existing.nlink === 1) await rename(this.#beside, this.#path);
    else await this.#overwrite(this.#beside);
    this.#beside = null;
  }

  async abandon(error: Error): Promise<void> {
    this.#isAbandoned = true;
    await this.#pipe?.abandon(error);
    // A device may take its time to open. A new file does not, and must be removed.
    if (this.#beside !== null) await this.#opened;
    await this.#remove();
  }

  async #overwrite(beside: string): Promise<void> {
    await overwrite(this.#path, beside, nameBeside(this.#path));
    await rm(beside);
  }

  get #mode(): number {
    return this.#existing === null ? 0o666 : this.#existing.mode & PERMISSIONS;
  }

  async #remove(): Promise<void> {
    await this.#close();
    if (this.#beside !== null) await rm(this.#beside, { force: true });
  }

  async #close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close();
  }
}

/** A name may have 255 bytes, and a character of it four. */
const MOST_OF_NAME = 50;

function nameBeside(path: string): string {
  const start = Array.from(basename(path)).slice(0, MOST_OF_NAME).join("");
  return join(dirname(path), `${start}.${randomBytes(6).toString("hex")}.part`);
}

/** The path behind symbolic links, also behind those that lead to nothing yet. */
async function behindLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const link = await readlink(path).catch(() => null);
  if (link === null) return path;
  // Not `join`: what ".." means depends on the links before it. Links in a circle are an error of `realpath`.
  return behindLinks(isAbsolute(link) ? link : `${dirname(path)}/${link}`);
}

async function statOf(path: string): Promise<Stats | null> {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
}
