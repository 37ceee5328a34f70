import { HttpBackgroundError } from "./errors.ts";
import { nearestName } from "./nearest-name.ts";

/** Throws a BAD_CONFIG that names the entry, says what is wrong, and how to write it. */
export type Refuse = (why: string) => never;

/** Makes the function that refuses one entry; `option` is the path of its key. */
export function refusing(entry: unknown, option: string): Refuse {
  return (why) => {
    throw new HttpBackgroundError("BAD_CONFIG", `${option}: ${shown(entry)} ${why}`, { option });
  };
}

function shown(entry: unknown): string {
  if (typeof entry === "string") return JSON.stringify(entry);
  if (entry === null) return "null";
  return Array.isArray(entry) ? "a list" : typeof entry;
}

/** Refuses a value without showing it, because it may be a secret. @throws HttpBackgroundError BAD_CONFIG */
export function refuseUnseen(option: string, why: string): never {
  throw new HttpBackgroundError("BAD_CONFIG", `${option}: ${why}`, { option });
}

/** @throws HttpBackgroundError BAD_CONFIG, whose `option` is the path of the first key that is not known */
export function refuseUnknownKeys(given: object, keys: readonly string[], option: string): void {
  const unknown = Object.keys(given).find((key) => !keys.includes(key));
  if (unknown === undefined) return;
  const nearest = nearestName(unknown, keys);
  const question = nearest === undefined ? "" : `; did you mean ${nearest}?`;
  refuseUnseen(`${option}.${unknown}`, `no such key; the keys are ${keys.join(", ")}${question}`);
}
