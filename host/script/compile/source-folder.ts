import { closeSync, constants, fstatSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import { isAbsolute, join, relative, sep } from "node:path";
import { checkSourceName, SourceRefusal } from "./source-name.ts";

/** Bytes of one source. */
export const LARGEST_SOURCE = 1 << 20;

/** Not there, and nothing that could be: the compiler goes on to look elsewhere. */
const ABSENT: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR"]);
/** A pipe must not wait for who writes into it; a link that was put in place of the file is not followed. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/** The files of one folder, links resolved: what lies elsewhere is refused, whichever way leads there. */
export class SourceFolder {
  readonly #root: string;

  /** @throws an error of the file system if there is no such folder */
  constructor(path: string) {
    this.#root = realpathSync(path);
  }

  /** Whether a path is in it, links resolved. */
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
    // Opening is enough to wake some devices.
    if (!statSync(path).isFile()) throw new SourceRefusal(name, "is not a file");
    const fd = openSync(path, OPEN_FLAGS);
    try {
      // A folder on the way may have become a link meanwhile.
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

/** Whether what was opened is what now lies at `path`, which is free of links. */
function isSame(fd: number, path: string): boolean {
  const opened = fstatSync(fd);
  if (realpathSync(path) !== path) return false;
  const found = statSync(path);
  return opened.isFile() && opened.dev === found.dev && opened.ino === found.ino;
}

/** What is there when it is read: the size that a file says it has may grow. */
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
