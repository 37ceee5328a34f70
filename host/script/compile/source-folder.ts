import { closeSync, constants, fstatSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import { isAbsolute, join, relative, sep } from "node:path";
import { checkSourceName, SourceRefusal } from "./source-name.ts";

/** Maximum size of one source, in bytes. */
export const LARGEST_SOURCE = 1 << 20;

/** Codes that mean that there is no such file. Then the compiler looks in other places. */
const ABSENT: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR"]);
/** Opening a pipe must not wait for its writer. If the file was replaced by a link, the link must not be followed. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/** The files of one folder. Links are resolved, and files outside of the folder are refused, for any path. */
export class SourceFolder {
  readonly #root: string;

  /** @throws an error of the file system if there is no such folder */
  constructor(path: string) {
    this.#root = realpathSync(path);
  }

  /** Whether a path is in the folder, after links are resolved. */
  has(path: string): boolean {
    return isInside(this.#root, realpathSync(path));
  }

  /**
   * The text of a file; undefined if there is none.
   *
   * @param name Relative to the folder, with `/`.
   * @throws SourceRefusal
   */
  read(name: string): string | undefined {
    checkSourceName(name);
    try {
      return this.#readFile(name);
    } catch (error) {
      if (error instanceof SourceRefusal) throw error;
      const { code = "" } = error as NodeJS.ErrnoException;
      if (ABSENT.has(code)) return undefined;
      throw new SourceRefusal(name, `cannot be read (${code})`);
    }
  }

  #readFile(name: string): string {
    const path = realpathSync(join(this.#root, name));
    if (!isInside(this.#root, path)) throw new SourceRefusal(name, "is outside of the script's folder");
    // Checked before it is opened, because opening alone has effects on some devices.
    if (!statSync(path).isFile()) throw new SourceRefusal(name, "is not a file");
    const fd = openSync(path, OPEN_FLAGS);
    try {
      // In the meantime, a folder in the path may have become a link.
      if (!isSame(fd, path)) throw new SourceRefusal(name, "is outside of the script's folder");
      return readText(fd, name);
    } finally {
      closeSync(fd);
    }
  }
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Whether the opened file is the file that is at `path` now. `path` contains no links. */
function isSame(fd: number, path: string): boolean {
  const opened = fstatSync(fd);
  if (realpathSync(path) !== path) return false;
  const found = statSync(path);
  return opened.isFile() && opened.dev === found.dev && opened.ino === found.ino;
}

/** Reads the content up to the limit. The size is not used, because the file may grow. */
function readText(fd: number, name: string): string {
  const { size } = fstatSync(fd);
  const bytes = Buffer.alloc(Math.min(size, LARGEST_SOURCE) + 1);
  let length = 0;
  while (length < bytes.length) {
    const count = readSync(fd, bytes, length, bytes.length - length, null);
    if (count === 0) break;
    length += count;
  }
  if (length > LARGEST_SOURCE) throw new SourceRefusal(name, `has more than ${LARGEST_SOURCE} bytes`);
  return bytes.toString("utf8", 0, length);
}
