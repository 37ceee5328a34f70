import { requireArguments, toText } from "../values/idl.ts";
import { PairIterator } from "../values/pair-iterator.ts";
import { Blob, FROM_SOURCE, sourceOf } from "./blob.ts";
import { File } from "./file.ts";

export type FormValue = string | File;
type Entry = [string, FormValue];

export class FormData {
  #entries: Entry[] = [];

  constructor(form?: unknown) {
    if (form !== undefined) throw new TypeError("FormData takes no form here: there is no document");
  }

  append(name: unknown, value: unknown, filename?: unknown): void {
    requireArguments(arguments.length, 2, "append");
    this.#entries.push(entryOf(name, value, filename));
  }

  delete(name: unknown): void {
    requireArguments(arguments.length, 1, "delete");
    const wanted = toText(name);
    this.#entries = this.#entries.filter(([other]) => other !== wanted);
  }

  get(name: unknown): FormValue | null {
    requireArguments(arguments.length, 1, "get");
    return this.getAll(name)[0] ?? null;
  }

  getAll(name: unknown): FormValue[] {
    requireArguments(arguments.length, 1, "getAll");
    const wanted = toText(name);
    return this.#entries.filter(([other]) => other === wanted).map(([, value]) => value);
  }

  has(name: unknown): boolean {
    requireArguments(arguments.length, 1, "has");
    const wanted = toText(name);
    return this.#entries.some(([other]) => other === wanted);
  }

  set(name: unknown, value: unknown, filename?: unknown): void {
    requireArguments(arguments.length, 2, "set");
    const entry = entryOf(name, value, filename);
    const first = this.#entries.findIndex(([other]) => other === entry[0]);
    if (first === -1) this.#entries.push(entry);
    else
      this.#entries = this.#entries.flatMap((other, at) =>
        at === first ? [entry] : other[0] === entry[0] ? [] : [other],
      );
  }

  forEach(callback: unknown, receiver?: unknown): void {
    if (typeof callback !== "function") throw new TypeError("the callback is no function");
    for (const [name, value] of this) callback.call(receiver, value, name, this);
  }

  keys(): IterableIterator<string> {
    return new PairIterator(
      () => this.#entries,
      ([name]) => name,
    );
  }

  values(): IterableIterator<FormValue> {
    return new PairIterator(
      () => this.#entries,
      ([, value]) => value as FormValue,
    );
  }

  entries(): IterableIterator<Entry> {
    return new PairIterator(
      () => this.#entries,
      ([name, value]) => [name, value as FormValue],
    );
  }

  [Symbol.iterator](): IterableIterator<Entry> {
    return this.entries();
  }
}

function entryOf(name: unknown, value: unknown, filename: unknown): Entry {
  if (value instanceof Blob) return [toText(name), fileOf(value, filename)];
  if (filename !== undefined) throw new TypeError("a value with a file name must be a Blob");
  return [toText(name), toText(value)];
}

function fileOf(blob: Blob, filename: unknown): File {
  if (blob instanceof File && filename === undefined) return blob;
  const lastModified = blob instanceof File ? blob.lastModified : undefined;
  const name = filename === undefined ? "blob" : filename;
  return new File(sourceOf(blob), name, { type: blob.type, lastModified }, FROM_SOURCE);
}
