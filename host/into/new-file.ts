import { randomBytes } from "node:crypto";
import { access, constants, type FileHandle, mkdtemp, open, rename, rm, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { overwrite } from "./overwrite.ts";

/** What the system says if no file can be made in a folder. */
const CLOSED_FOLDER: ReadonlySet<unknown> = new Set(["EACCES", "EPERM", "EROFS"]);
/** And if a file cannot be replaced, though it may be writable: it is mounted alone, or its folder belongs to others. */
const NOT_REPLACEABLE: ReadonlySet<unknown> = new Set(["EBUSY", "EACCES", "EPERM"]);

/**
 * A file for content that takes the place of another file when it is whole. It is beside that file. If no file can be
 * made there, it is in a folder of its own among the temporary ones.
 */
export class NewFile {
  readonly handle: FileHandle;
  readonly #path: string;
  /** The folder that was made for it. */
  readonly #folder: string | null;

  private constructor(handle: FileHandle, path: string, folder: string | null) {
    this.handle = handle;
    this.#path = path;
    this.#folder = folder;
  }

  /** @param isThere whether there is a file at `path` already */
  static async make(path: string, mode: number, isThere: boolean): Promise<NewFile> {
    const beside = nameBeside(path);
    try {
      return new NewFile(await open(beside, "wx", mode), beside, null);
    } catch (error) {
      if (!isThere || !CLOSED_FOLDER.has(codeOf(error))) throw error;
      await access(path, constants.W_OK);
      return NewFile.#makeElsewhere(path);
    }
  }

  static async #makeElsewhere(path: string): Promise<NewFile> {
    const folder = await mkdtemp(join(tmpdir(), "http-background-"));
    try {
      const file = nameBeside(join(folder, basename(path)));
      return new NewFile(await open(file, "wx", 0o600), file, folder);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Whether it can take the other one's place, and not only its content can. */
  get isBeside(): boolean {
    return this.#folder === null;
  }

  /** Takes the place of the file at `path`, which keeps its names if it has others. */
  async replace(path: string, hasNames: boolean): Promise<void> {
    if (this.isBeside && !hasNames) {
      try {
        return await rename(this.#path, path);
      } catch (error) {
        if (!NOT_REPLACEABLE.has(codeOf(error))) throw error;
      }
    }
    await overwrite(path, this.#path, nameBeside(this.#path));
    await this.remove();
  }

  async remove(): Promise<void> {
    await rm(this.#path, { force: true });
    // What could not be restored is in it, see `overwrite`.
    if (this.#folder !== null) await rmdir(this.#folder).catch(() => {});
  }
}

/** A name may have 255 bytes, and a character of it four. */
const MOST_OF_NAME = 50;

function nameBeside(path: string): string {
  const start = Array.from(basename(path)).slice(0, MOST_OF_NAME).join("");
  return join(dirname(path), `${start}.${randomBytes(6).toString("hex")}.part`);
}

function codeOf(error: unknown): unknown {
  return (error as NodeJS.ErrnoException).code;
}
