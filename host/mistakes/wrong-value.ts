import { isFile } from "../api/file.ts";

/** The name of the wrong value, and what is wrong with it. */
export interface Finding {
  readonly option: string;
  readonly sentence: string;
}

/** What the caller should give instead of an object of this class. */
const WAYS_OUT: readonly (readonly [name: string, advice: string])[] = [
  ["URL", "give its href"],
  ["URLSearchParams", "give its toString()"],
  ["FormData", "post it alone, without an object around it"],
  ["Promise", "await it"],
  ["Response", "give its body"],
];

/** What is wrong with a value that must be something else. The value is not shown. */
export function wrong(option: string, value: unknown, kind: string, otherwise?: string): Finding {
  const name = nameOf(value);
  const advice = WAYS_OUT.find(([candidate]) => name === `a ${candidate}`)?.[1] ?? otherwise;
  const hint = advice === undefined ? "" : `: ${advice}`;
  return { option, sentence: `${option} must be ${kind}, and is ${name}${hint}` };
}

/** Whether a value can be the data of a part. */
export function isData(value: unknown): boolean {
  if (typeof value === "string" || ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return true;
  // The descriptor of a FileHandle that is closed is -1.
  return (
    typeof value === "object" && value !== null && isFile(value) && (value as { fd?: unknown }).fd !== -1
  );
}

/** What a value is, in words. */
export function nameOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return "bytes";
  if (typeof value === "string") return "text";
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof name === "string" && name !== "Object" ? `a ${name}` : "an object";
}
