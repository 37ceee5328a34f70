import { assemble } from "./assemble.ts";
import { HEADER, join, type Part, repeat, section, sized, u32, vector } from "./wasm-bytes.ts";

// Scripts that are never suspended: what Asyncify exports does nothing, and no optimiser has seen them.

const STUBS = `
  (func (export "http_background_alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "asyncify_start_unwind") (param i32)) (func (export "asyncify_stop_unwind"))
  (func (export "asyncify_start_rewind") (param i32)) (func (export "asyncify_stop_rewind"))
  (func (export "asyncify_get_state") (result i32) (i32.const 0))`;

export interface StubScript {
  /** Functions and so on; one is exported as `main`. */
  readonly body: string;
  readonly imports?: string;
  readonly pages?: number;
}

/** From text. */
export function stubScript({ body, imports = "", pages = 4 }: StubScript): Uint8Array<ArrayBuffer> {
  return assemble(`${imports} (memory (export "memory") ${pages}) ${STUBS} ${body}`, {
    isSuspendable: false,
    hasReferences: true,
  });
}

const I32 = 0x7f;
const END = 0x0b;
/** Types of functions: they come before those of the script's own. */
const TYPES: readonly Part[] = [
  join(0x60, vector(), vector()),
  join(0x60, vector(I32), vector()),
  join(0x60, vector(), vector(I32)),
  join(0x60, vector(I32), vector(I32)),
];
/** What every script exports, with the types. */
const EXPORTS: readonly (readonly [name: string, type: number])[] = [
  ["http_background_alloc", 3],
  ["asyncify_start_unwind", 1],
  ["asyncify_stop_unwind", 0],
  ["asyncify_start_rewind", 1],
  ["asyncify_stop_rewind", 0],
  ["asyncify_get_state", 2],
];
/** The index of the first type, and of the first function, of the script's own. */
export const FIRST_TYPE = TYPES.length;
export const FIRST_FUNCTION = EXPORTS.length;

export interface RawFunction {
  readonly type: number;
  readonly locals?: Part;
  readonly code: Part;
}

/** Sections of a script, by their ids, in place of those that every one has. */
export type MoreSections = Readonly<Record<number, Buffer>>;

/** From bytes. The first function is `main`. */
export function rawScript(
  functions: readonly RawFunction[],
  types: readonly Part[] = [],
  more: MoreSections = {},
): Buffer<ArrayBuffer> {
  const stubs = EXPORTS.map(([, type]): RawFunction => ({ type, code: type > 1 ? [0x41, 0x80, 0x08] : [] }));
  const all = [...stubs, ...functions];
  const bodies = all.map(({ locals = vector(), code }) => sized(locals, code, END));
  const count = Buffer.from(u32(all.length));
  const exports = [...EXPORTS.map(([name], index) => join(name, 0, index)), join("main", 0, FIRST_FUNCTION)];
  const sections: MoreSections = {
    1: section(1, vector(...TYPES, ...types)),
    3: section(3, Buffer.concat([count, ...all.map(({ type }) => Buffer.from(u32(type)))])),
    5: section(5, vector([0, 4])),
    7: section(7, vector(...exports, join("memory", 2, 0))),
    10: section(10, Buffer.concat([count, ...bodies])),
    ...more,
  };
  // The number of data segments comes before the code.
  const rank = (id: string): number => (id === "12" ? 9.5 : Number(id));
  const ids = Object.keys(sections).sort((a, b) => rank(a) - rank(b));
  return Buffer.concat([HEADER, ...ids.map((id) => sections[Number(id)] as Buffer)]);
}

/** So many values of type i32, as a vector of types. */
export function i32s(count: number): Buffer {
  return join(u32(count), repeat(I32, count));
}
