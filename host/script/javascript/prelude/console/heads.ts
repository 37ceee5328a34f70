import { Pattern } from "../values/pattern.ts";
import { primitive } from "./primitives.ts";

/** What is before the members of an object. */
export interface Head {
  /** Empty, or it ends with a blank, unless it is the whole. */
  readonly text: string;
  /** Whether it says everything, if there are no members. */
  readonly isWhole: boolean;
  readonly isList: boolean;
}

const MOST_BYTES = 50;
/** How the engine shows a frame of this library. */
const PLACELESS = " (<null>:0:1)";

/** The name of the class of an object; empty if it has none. */
export function nameOf(value: object): string {
  for (let at: object | null = value; at !== null; at = Object.getPrototypeOf(at)) {
    const property = Object.getOwnPropertyDescriptor(at, "constructor");
    const type: unknown = property?.value;
    if (typeof type === "function" && typeof type.name === "string" && type.name !== "") return type.name;
  }
  return "";
}

/** @param indent Moves the lines of a stack to the level of the object */
export function headOf(value: object, indent: (text: string) => string): Head {
  if (typeof value === "function") return whole(functionText(value));
  const name = nameOf(value);
  if (Array.isArray(value)) return list(name === "Array" ? "" : `${name}(${value.length}) `);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView))
    return list(`${name}(${(value as Uint8Array).length}) `);
  if (value instanceof Map || value instanceof Set) return members(`${name}(${value.size}) `);
  const text = leafText(value, name);
  if (text !== undefined) return whole(text);
  if (value instanceof Error) return whole(indent(errorText(value)));
  if (name === "") return members("[Object: null prototype] ");
  return members(name === "Object" ? tagOf(value) : `${name} ${tagOf(value, name)}`);
}

function leafText(value: object, name: string): string | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (value instanceof Pattern) return String(value);
  for (const type of [Number, String, Boolean, BigInt, Symbol])
    if (value instanceof type) return `[${type.name}: ${primitive(value.valueOf())}]`;
  if (value instanceof ArrayBuffer) return bufferText(value);
  if (value instanceof WeakMap || value instanceof WeakSet) return `${name} { <items unknown> }`;
  return undefined;
}

function bufferText(buffer: ArrayBuffer): string {
  if (buffer.detached) return "ArrayBuffer { (detached), byteLength: 0 }";
  const shown = new Uint8Array(buffer, 0, Math.min(MOST_BYTES, buffer.byteLength));
  const bytes = Array.from(shown, (byte) => byte.toString(16).padStart(2, "0"));
  const left = buffer.byteLength - shown.length;
  if (left > 0) bytes.push(`... ${left} more byte${left === 1 ? "" : "s"}`);
  return `ArrayBuffer { [Uint8Contents]: <${bytes.join(" ")}>, byteLength: ${buffer.byteLength} }`;
}

/** The engine's stacks have only the places. */
function errorText(error: Error): string {
  const { name, message, stack } = error;
  const title = `${name}${message === "" ? "" : `: ${message}`}`;
  const places = typeof stack === "string" ? placesIn(stack) : "";
  return places === "" ? `[${title}]` : `${title}\n${places}`;
}

/** Frames of this library have no place: nobody has its source. */
function placesIn(stack: string): string {
  const frames = stack.trimEnd().split("\n");
  return frames.filter((frame) => !frame.endsWith(PLACELESS)).join("\n");
}

function functionText(value: { readonly name: unknown }): string {
  const source = Function.prototype.toString.call(value);
  if (source.startsWith("class")) {
    const parent = Object.getPrototypeOf(value) as { readonly name?: unknown } | null;
    const name = value.name === "" ? "(anonymous)" : String(value.name);
    return `[class ${name}${parent?.name ? ` extends ${parent.name}` : ""}]`;
  }
  const kind = nameOf(value as object) || "Function";
  return value.name === "" ? `[${kind} (anonymous)]` : `[${kind}: ${String(value.name)}]`;
}

function tagOf(value: object, name = "Object"): string {
  const tag: unknown = (value as Record<symbol, unknown>)[Symbol.toStringTag];
  return typeof tag === "string" && tag !== "" && tag !== name ? `[${tag}] ` : "";
}

function whole(text: string): Head {
  return { text, isWhole: true, isList: false };
}

function list(text: string): Head {
  return { text, isWhole: false, isList: true };
}

function members(text: string): Head {
  return { text, isWhole: false, isList: false };
}
