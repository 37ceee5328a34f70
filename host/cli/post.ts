import type { FileHandle } from "node:fs/promises";
import { basename } from "node:path";
import type { Readable } from "node:stream";
import type { FileLike, Post as HttpPost, Part } from "../index.ts";
import { Mistake } from "./command.ts";
import { reasonOf } from "./file-words.ts";
import { type FormField, parseFormField } from "./form-field.ts";
import { openInput, readInput, TimedOut } from "./input.ts";
import { asBytes, bytesOf } from "./raw-arguments.ts";

/** The flags for the body of a call. */
export const POST_FLAGS = {
  data: { type: "string", short: "d", multiple: true },
  "data-raw": { type: "string", multiple: true },
  "data-binary": { type: "string", multiple: true },
  json: { type: "string", multiple: true },
  file: { type: "string", short: "f", multiple: true },
  form: { type: "string", short: "F", multiple: true },
} as const;

export type PostFlags = { readonly [Name in keyof typeof POST_FLAGS]?: string[] | undefined };

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
 * Reads the flags, and opens their files.
 *
 * @param signal aborts when the time of the command is over
 * @throws {Mistake} for more than one kind of these flags, a wrong field, or a file that cannot be opened; TimedOut
 */
export async function openPost(flags: PostFlags, signal?: AbortSignal): Promise<Post> {
  const files = new OpenFiles();
  try {
    const value = await postValue(flags, files, signal);
    return { value, fileBytes: files.bytes, close: () => files.close() };
  } catch (error) {
    await files.close();
    throw error;
  }
}

/** The flags whose values are put together, and how each is read. */
const DATA = ["data", "data-raw", "data-binary", "json"] as const;

async function postValue(
  flags: PostFlags,
  files: OpenFiles,
  signal: AbortSignal | undefined,
): Promise<HttpPost | undefined> {
  const { file, form, json } = flags;
  const isData = DATA.some((name) => name !== "json" && flags[name] !== undefined);
  const given = [isData, json !== undefined, file !== undefined, form !== undefined];
  if (given.filter(Boolean).length > 1) throw new Mistake("give only one of -d, --json, -f and -F");
  if (isData || json !== undefined) return readData(flags, signal);
  if (file !== undefined) return files.open(only("-f", file), "; --fail is what -f of curl is");
  if (form === undefined) return undefined;

  // The names are bytes, so that two equal names are two keys.
  const parts = new Map<Buffer, Part>();
  for (const field of form.map(parseFormField)) {
    parts.set(bytesOf(field.name), await readPart(field, files, signal));
  }
  return parts as ReadonlyMap<unknown, Part> as HttpPost;
}

/** As curl: fields of a form are joined by `&`, pieces of JSON by nothing. */
async function readData(flags: PostFlags, signal: AbortSignal | undefined): Promise<Buffer | string> {
  const pieces: (string | Buffer)[] = [];
  for (const name of DATA)
    for (const value of flags[name] ?? []) pieces.push(await readDatum(name, value, signal));
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only;
  const separator = flags.json === undefined ? "&" : "";
  return Buffer.concat(
    pieces.flatMap((piece, index) => [Buffer.from(index === 0 ? "" : separator), Buffer.from(piece)]),
  );
}

async function readDatum(
  name: (typeof DATA)[number],
  value: string,
  signal: AbortSignal | undefined,
): Promise<string | Buffer> {
  if (name === "data-raw" || !value.startsWith("@")) return asBytes(value);
  const content = await readInput(value.slice(1), signal).catch(refuse(value.slice(1)));
  return name === "data" ? withoutLines(content) : content;
}

/** As curl: what is read by `-d @FILE` has no line breaks and no NUL. */
function withoutLines(content: Buffer): Buffer {
  return content.filter((byte) => byte !== 0x0a && byte !== 0x0d && byte !== 0) as Buffer;
}

async function readPart(field: FormField, files: OpenFiles, signal: AbortSignal | undefined): Promise<Part> {
  const { from, value, type, filename, encoder } = field;
  const part: Part = { data: asBytes(value) };
  if (from === "content") part.data = await readInput(value, signal).catch(refuse(value));
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
  readonly #open: (FileHandle | Readable)[] = [];

  /** @param advice is added to the reason why it cannot be opened */
  async open(path: string, advice = ""): Promise<FileLike> {
    const file = await openInput(path).catch(refuse(path, advice));
    this.#open.push(file);
    const size = "stat" in file ? await sizeOf(file) : -1;
    if (this.bytes !== -1) this.bytes = size === -1 ? -1 : this.bytes + size;
    return file;
  }

  async close(): Promise<void> {
    // A peer may answer before it has read everything. Then we must not wait for the program that writes to us.
    await Promise.all(this.#open.map((file) => ("stat" in file ? file.close() : file.destroy())));
  }
}

async function sizeOf(file: FileHandle): Promise<number> {
  const stat = await file.stat();
  return stat.isFile() ? stat.size : -1;
}

function only(flag: string, values: string[]): string {
  const [value, ...more] = values;
  if (value === undefined || more.length > 0) throw new Mistake(`${flag}: it can be given once`);
  return value;
}

function refuse(path: string, advice = ""): (error: Error) => never {
  return (error) => {
    if (error instanceof TimedOut) throw error;
    throw new Mistake(`${path}: ${reasonOf(error)}${advice}`, { cause: error });
  };
}
