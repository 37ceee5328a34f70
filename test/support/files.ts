import { Blob } from "node:buffer";
import { createReadStream, openAsBlob } from "node:fs";
import { type FileHandle, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";
import type { FileLike } from "../../host/api/file.ts";

/** A folder for the Files of a test. Files that were opened in it are closed together with it. */
export class TemporaryFiles implements AsyncDisposable {
  readonly #folder: string;
  readonly #handles: FileHandle[] = [];
  #count = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async create(): Promise<TemporaryFiles> {
    return new TemporaryFiles(await mkdtemp(join(tmpdir(), "files-")));
  }

  async write(bytes: Uint8Array): Promise<string> {
    const path = join(this.#folder, `${++this.#count}.bin`);
    await writeFile(path, bytes);
    return path;
  }

  async open(path: string, flags = "r"): Promise<FileHandle> {
    const handle = await open(path, flags);
    this.#handles.push(handle);
    return handle;
  }

  async handle(bytes: Uint8Array): Promise<FileHandle> {
    return this.open(await this.write(bytes));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#handles.map((handle) => handle.close().catch(() => {})));
    await rm(this.#folder, { recursive: true });
  }
}

/** How to make each kind of File from bytes, and what is known about it. */
export interface FileMaker {
  name: string;
  make(bytes: Buffer, files: TemporaryFiles): Promise<FileLike>;
  knowsSize: boolean;
  isReplayable: boolean;
}

export const FILE_MAKERS: readonly FileMaker[] = [
  {
    name: "a Blob",
    make: async (bytes) => new Blob([bytes]),
    knowsSize: true,
    isReplayable: true,
  },
  {
    name: "a Blob over a file",
    make: async (bytes, files) => openAsBlob(await files.write(bytes)),
    knowsSize: true,
    isReplayable: true,
  },
  {
    name: "a FileHandle",
    make: (bytes, files) => files.handle(bytes),
    knowsSize: true,
    isReplayable: true,
  },
  {
    name: "an fs.ReadStream",
    make: async (bytes, files) => createReadStream(await files.write(bytes)),
    knowsSize: true,
    isReplayable: false,
  },
  {
    name: "a Readable",
    make: async (bytes) => Readable.from(chunksOf(bytes), { objectMode: false }),
    knowsSize: false,
    isReplayable: false,
  },
  {
    name: "a web stream",
    make: async (bytes) => webStreamOf(bytes),
    knowsSize: false,
    isReplayable: false,
  },
  {
    name: "an async generator",
    make: async (bytes) => generate(bytes),
    knowsSize: false,
    isReplayable: false,
  },
  {
    name: "an object literal that iterates",
    make: async (bytes) => ({ [Symbol.asyncIterator]: () => generate(bytes) }),
    knowsSize: false,
    isReplayable: false,
  },
];

/** Pieces of different sizes. One of them is empty. */
function* chunksOf(bytes: Buffer): Generator<Buffer> {
  let start = 0;
  for (let size = 0; start < bytes.length; size = size * 3 + 1) {
    yield bytes.subarray(start, start + size);
    start += size;
  }
}

async function* generate(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield* chunksOf(bytes);
}

function webStreamOf(bytes: Buffer): ReadableStream {
  const chunks = chunksOf(bytes);
  return new ReadableStream({
    pull(controller) {
      const { done, value } = chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}
