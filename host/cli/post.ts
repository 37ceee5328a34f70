import { type FileHandle, open, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { buffer } from "node:stream/consumers";
import type { FileLike, Post as HttpPost, Part } from "../index.ts";
import { Mistake } from "./command.ts";
import { type FormField, parseFormField } from "./form-field.ts";
import { asBytes, bytesOf } from "./raw-arguments.ts";

/** The flags that say what a call sends. */
export interface PostFlags {
  data?: string[] | undefined;
  file?: string[] | undefined;
  form?: string[] | undefined;
}

/** What a call sends, and the files that it is read from. */
export interface Post {
  /** What `http_background` takes; undefined is nothing. */
  value: HttpPost | undefined;
  /** Bytes of all files; 0 without any, -1 when one does not say. */
  fileBytes: number;
  /** Lets go of the files. */
  close(): Promise<void>;
}

/**
 * Opens what `-d`, `-f` or `-F` name.
 *
 * @throws {Mistake} for more than one kind of them, a field that makes no sense, a file that cannot be opened
 */
export async function openPost(flags: PostFlags): Promise<Post> {
  const files = new OpenFiles();
  try {
    const value = await postValue(flags, files);
    return { value, fileBytes: files.bytes, close: () => files.close() };
  } catch (error) {
    await files.close();
    throw error;
  }
}

async function postValue({ data, file, form }: PostFlags, files: OpenFiles): Promise<HttpPost | undefined> {
  const given = [data, file, form].filter((flag) => flag !== undefined);
  if (given.length > 1) throw new Mistake("-d, -f and -F are three ways to say what is sent: it takes one");
  if (data !== undefined) return asBytes(only("-d", data));
  if (file !== undefined) return files.open(only("-f", file));
  if (form === undefined) return undefined;

  // Names as bytes: two of the same are two keys.
  const parts = new Map<Buffer, Part>();
  for (const field of form.map(parseFormField)) {
    parts.set(bytesOf(field.name), await readPart(field, files));
  }
  return parts as ReadonlyMap<unknown, Part> as HttpPost;
}

async function readPart(field: FormField, files: OpenFiles): Promise<Part> {
  const { from, value, type, filename, encoder } = field;
  const part: Part = { data: asBytes(value) };
  if (from === "content") part.data = await readWhole(value);
  if (from === "file") {
    part.data = await files.open(value);
    // As curl does: a file goes by its name unless another is given.
    part.filename = asBytes(value === "-" ? value : basename(value));
  }
  if (type !== undefined) part.type = asBytes(type);
  if (filename !== undefined) part.filename = asBytes(filename);
  if (encoder !== undefined) part.encoder = asBytes(encoder);
  return part;
}

/** Files that stay open until the call is over. `-` is standard input. */
class OpenFiles {
  bytes = 0;
  readonly #handles: FileHandle[] = [];
  #usesInput = false;

  async open(path: string): Promise<FileLike> {
    if (path === "-") {
      this.#usesInput = true;
      this.bytes = -1;
      return process.stdin;
    }
    const handle = await open(asBytes(path)).catch(refuse(path));
    this.#handles.push(handle);
    const stat = await handle.stat();
    if (stat.isDirectory()) throw new Mistake(`${path}: it is a directory`);
    if (this.bytes !== -1) this.bytes = stat.isFile() ? this.bytes + stat.size : -1;
    return handle;
  }

  async close(): Promise<void> {
    // A peer may answer before it has read everything: whoever writes to us should not hold up the end.
    if (this.#usesInput) process.stdin.destroy();
    await Promise.all(this.#handles.map((handle) => handle.close()));
  }
}

async function readWhole(path: string): Promise<Buffer> {
  if (path === "-") return buffer(process.stdin);
  return readFile(asBytes(path)).catch(refuse(path));
}

function only(flag: string, values: string[]): string {
  const [value, ...more] = values;
  if (value === undefined || more.length > 0) throw new Mistake(`${flag}: it can be given once`);
  return value;
}

function refuse(path: string): (error: Error) => never {
  return (error) => {
    throw new Mistake(`${path}: ${error.message}`, { cause: error });
  };
}
