import type { Stats } from "node:fs";
import { type FileHandle, open, readlink, realpath, stat } from "node:fs/promises";
import { dirname, isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import { HandleTarget } from "./handle-target.ts";
import { NewFile } from "./new-file.ts";
import { PipeTarget } from "./pipe-target.ts";
import type { Target } from "./target.ts";

const PERMISSIONS = 0o7777;

/**
 * A file by its path. The content is written into a new file beside it, which takes its place when all is there. So
 * nobody sees a part of the content, and nothing is lost if the transfer fails.
 *
 * A symbolic link stays, and so does its target's name. A file with several names keeps them: it is overwritten at the
 * end, see `overwrite`. So is one that cannot be replaced, because it is mounted alone, or because its folder belongs to
 * others. What is no regular file, such as a pipe or a device, is written as it is.
 */
export class PathTarget implements Target {
  #path: string;
  #existing: Stats | null = null;
  /** What takes its place; null if it is written itself. */
  #file: NewFile | null = null;
  /** What is written. */
  #target: Target | null = null;
  #handle: FileHandle | null = null;
  /** The target, if the path is that of a named pipe. */
  #pipe: PipeTarget | null = null;
  /** Settles when the new file is there. A device may take its time to open, so nobody waits for that. */
  #opening: Promise<void> | undefined;
  #isAbandoned = false;

  constructor(path: string | URL) {
    this.#path = typeof path === "string" ? path : fileURLToPath(path);
  }

  async open(): Promise<void> {
    this.#existing = await statOf(this.#path);
    const isRegular = this.#existing?.isFile() ?? true;
    // What is written as it is may have no path behind its link, such as the pipe behind /dev/stdout.
    if (isRegular) this.#path = await behindLinks(this.#path);
    if (this.#isAbandoned) throw new Error("the call has ended");
    if (this.#existing?.isFIFO()) return this.#openPipe();
    if (isRegular) this.#opening = this.#openNew();
    await (this.#opening ?? this.#openItself());
    if (this.#isAbandoned) await this.#remove();
  }

  async #openNew(): Promise<void> {
    this.#file = await NewFile.make(this.#path, this.#mode, this.#existing !== null);
    this.#use(this.#file.handle);
    if (this.#existing !== null && this.#file.isBeside)
      await this.#resemble(this.#file.handle, this.#existing);
  }

  async #openItself(): Promise<void> {
    this.#use(await open(this.#path, "w"));
  }

  #use(handle: FileHandle): void {
    this.#handle = handle;
    this.#target = new HandleTarget(handle);
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
    await this.#file?.replace(this.#path, (this.#existing?.nlink ?? 1) > 1);
  }

  async abandon(error: Error): Promise<void> {
    this.#isAbandoned = true;
    await this.#pipe?.abandon(error);
    // Beside a device there is nothing to remove. It may stand still, and is closed when it goes on.
    if (this.#opening === undefined) return void this.#close().catch(() => {});
    await this.#opening.catch(() => {});
    await this.#remove();
  }

  get #mode(): number {
    return this.#existing === null ? 0o666 : this.#existing.mode & PERMISSIONS;
  }

  async #remove(): Promise<void> {
    await this.#close();
    await this.#file?.remove();
  }

  async #close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close();
  }
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
