import { Blob, FROM_SOURCE, sourceOf } from "../files/blob.ts";
import { File } from "../files/file.ts";
import { interfaces } from "../values/interfaces.ts";

/** Objects of the language that cannot be copied. */
const UNCLONABLE = [Promise, WeakMap, WeakSet, WeakRef, FinalizationRegistry];

export function cloneFile(value: object): Blob | undefined {
  if (!(value instanceof Blob)) return undefined;
  const { type } = value;
  if (!(value instanceof File)) return new Blob(sourceOf(value), { type }, FROM_SOURCE);
  return new File(sourceOf(value), value.name, { type, lastModified: value.lastModified }, FROM_SOURCE);
}

export function isUnclonable(value: object): boolean {
  return [...UNCLONABLE, ...interfaces].some((type) => value instanceof type);
}
