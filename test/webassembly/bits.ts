import { assembleText } from "../support/confined.ts";
import type { Value } from "./script.ts";

// Calls of WebAssembly from JavaScript to the bit: JavaScript has no vectors, and does not keep the bits of NaN.

type Bits = number | bigint | object | null;
type Function = (...values: unknown[]) => unknown;

interface Form {
  /** The types of the integers that stand for a value. */
  readonly parts: readonly string[];
  /** Text that makes the value of the parts at this index and after it. */
  readonly make: (index: number) => string;
  /** Texts that take the parts from a local. */
  readonly take: (local: string) => readonly string[];
}

const asItIs = (type: string): Form => ({
  parts: [type],
  make: (index) => `(local.get ${index})`,
  take: (local) => [`(local.get ${local})`],
});

const FORMS: Readonly<Record<string, Form>> = {
  i32: asItIs("i32"),
  i64: asItIs("i64"),
  externref: asItIs("externref"),
  funcref: asItIs("funcref"),
  f32: {
    parts: ["i32"],
    make: (index) => `(f32.reinterpret_i32 (local.get ${index}))`,
    take: (local) => [`(i32.reinterpret_f32 (local.get ${local}))`],
  },
  f64: {
    parts: ["i64"],
    make: (index) => `(f64.reinterpret_i64 (local.get ${index}))`,
    take: (local) => [`(i64.reinterpret_f64 (local.get ${local}))`],
  },
  v128: {
    parts: ["i64", "i64"],
    make: (index) => `(i64x2.replace_lane 1 (i64x2.splat (local.get ${index})) (local.get ${index + 1}))`,
    take: (local) => [0, 1].map((lane) => `(i64x2.extract_lane ${lane} (local.get ${local}))`),
  },
};

function formOf(type: string): Form {
  const form = FORMS[type];
  if (form === undefined) throw new TypeError(`no form for ${type}`);
  return form;
}

const wrappers = new Map<string, WebAssembly.Module>();

/** A module that imports a function of these types as `f`, and exports it with integers in place of the values. */
function wrapperOf(parameters: readonly string[], results: readonly string[]): WebAssembly.Module {
  const key = `${parameters} ${results}`;
  const known = wrappers.get(key);
  if (known !== undefined) return known;
  const module = new WebAssembly.Module(
    assembleText(wrapperText(parameters, results)) as Buffer<ArrayBuffer>,
  );
  wrappers.set(key, module);
  return module;
}

function wrapperText(parameters: readonly string[], results: readonly string[]): string {
  const partsOf = (types: readonly string[]): string[] => types.flatMap((type) => formOf(type).parts);
  const given: string[] = [];
  let index = 0;
  for (const type of parameters) {
    given.push(formOf(type).make(index));
    index += formOf(type).parts.length;
  }
  const locals = results.map((type, at) => `(local $r${at} ${type})`);
  const kept = results.map((_, at) => `(local.set $r${at})`).reverse();
  const taken = results.flatMap((type, at) => formOf(type).take(`$r${at}`));
  return `
    (import "m" "f" (func $f (param ${parameters.join(" ")}) (result ${results.join(" ")})))
    (func (export "f") (param ${partsOf(parameters).join(" ")}) (result ${partsOf(results).join(" ")})
      ${locals.join(" ")} (call $f ${given.join(" ")}) ${kept.join(" ")} ${taken.join(" ")})`;
}

/**
 * Calls a function of WebAssembly.
 *
 * @returns the bits of its results as text, or how it has trapped
 */
export function callInBits(f: Function, given: readonly Value[], results: readonly string[]): string {
  const types = given.map(({ type }) => type);
  const { exports } = new WebAssembly.Instance(wrapperOf(types, results), { m: { f } });
  try {
    const result = (exports.f as Function)(...given.flatMap(bitsOf));
    return [result].flat().map(nameOf).join(" ");
  } catch (error) {
    const { name, message } = error as Error;
    return `${name}: ${message}`;
  }
}

function nameOf(result: unknown): string {
  return typeof result === "function" ? "a function" : String(result);
}

const LANE_BITS: Readonly<Record<string, number>> = { i8: 8, i16: 16, i32: 32, i64: 64, f32: 32, f64: 64 };

function bitsOf({ type, lane_type = "", value }: Value): Bits[] {
  if (typeof value === "object") return lanesOf(value, LANE_BITS[lane_type] ?? 64);
  if (type === "externref") return [value === "null" || value === undefined ? null : { value }];
  if (type === "funcref") return [null];
  const bits = BigInt(value ?? 0);
  return [type === "i64" || type === "f64" ? BigInt.asIntN(64, bits) : Number(BigInt.asIntN(32, bits))];
}

/** Two integers of 64 bits. */
function lanesOf(lanes: readonly string[], bits: number): bigint[] {
  const halves = [0n, 0n];
  for (const [index, lane] of lanes.entries()) {
    const at = index * bits;
    halves[at >> 6] = (halves[at >> 6] ?? 0n) | (BigInt.asUintN(bits, BigInt(lane)) << BigInt(at & 63));
  }
  return halves.map((half) => BigInt.asIntN(64, half));
}
