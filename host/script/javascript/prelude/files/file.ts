import { EXT_FILE } from "../../../../../assembly/abi.ts";
import { isGranted, takeGranted } from "../seam/grants.ts";
import { host } from "../seam/host.ts";
import { HandleValue } from "../seam/message-pack-reader.ts";
import { requireArguments, toDictionary, toText } from "../values/idl.ts";
import { Blob, FROM_SOURCE } from "./blob.ts";

export class File extends Blob {
  readonly #name: string;
  readonly #lastModified: number;

  constructor(parts: unknown, name: unknown, options?: unknown, how?: symbol) {
    requireArguments(arguments.length, 2, "File");
    super(parts, options, how);
    this.#name = toText(name);
    const { lastModified } = toDictionary(options, "the options of a File");
    this.#lastModified = lastModified === undefined ? Date.now() : Math.trunc(Number(lastModified)) || 0;
  }

  /** The File that the host granted to this run under a name. @throws Error if there is none */
  static named(name: string): File {
    const handle = takeGranted(EXT_FILE, "File", name);
    return ofHandle(new HandleValue(handle, host.size(handle)), `${name}`);
  }

  /** Whether a File was granted to this run under a name. */
  static has(name: string): boolean {
    return isGranted(EXT_FILE, name);
  }

  get name(): string {
    return this.#name;
  }

  get lastModified(): number {
    return this.#lastModified;
  }

  /** It can only be set for browsers. */
  get webkitRelativePath(): string {
    return "";
  }
}

/** A File whose bytes the host has. */
export function ofHandle(source: HandleValue, name: string): File {
  return new File(source, name, { lastModified: 0 }, FROM_SOURCE);
}
