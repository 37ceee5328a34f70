import { type FileHandle, open, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { buffer } from "node:stream/consumers";
import type { FileLike, Post as HttpPost, Part } from "../index.ts";
import { Mistake } from "./command.ts";
import { type FormField, parseFormField } from "./form-field.ts";
import { asBytes, bytesOf } from "./raw-arguments.ts";

/** The flags for the body of a call. */
export interface PostFlags {
  data?: string[] | undefined;
  file?: string[] | undefined;
  form?: string[] | undefined;
}

/** The body of a call, and its open files. */
export interface Post {
  /** The argument `post` of `http_background`; undefined if there is nothing to send. */
  value: HttpPost | undefined;
  /** Size of all files in bytes; 0 if there are none, -1 if the size of one is not known. */
  fileBytes: number;
  /** Closes the files. */
  close(): Promise<void>;
}

/**
 * Reads `-d`, `-f` or `-F`, and opens their files.
 *
 * @throws {Mistake} for more than one kind of these flags, a wrong field, or a file that cannot be opened
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
  if (given.length > 1) throw new Mistake("give only one of -d, -f and -F");
  if (data !== undefined) return asBytes(only("-d", data));
  if (file !== undefined) return files.open(only("-f", file));
  if (form === undefined) return undefined;

  // The names are bytes, so that two equal names are two keys.
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
    // Like curl: without another name, the part gets the name of the file.
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
    // A peer may answer before it has read everything. Then we must not wait for the program that writes to us.
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
