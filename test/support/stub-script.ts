import { assemble } from "./assemble.ts";
import { emptyBody, REQUIRED_EXPORTS, REQUIRED_TYPES } from "./script-exports.ts";
import { HEADER, join, type Part, repeat, section, sized, u32, vector } from "./wasm-bytes.ts";

// Scripts that are never suspended. Their functions of Asyncify do nothing, and no optimiser changes them.

const STUBS = `
  (func (export "http_background_alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "asyncify_start_unwind") (param i32)) (func (export "asyncify_stop_unwind"))
  (func (export "asyncify_start_rewind") (param i32)) (func (export "asyncify_stop_rewind"))
  (func (export "asyncify_get_state") (result i32) (i32.const 0))`;

export interface StubScript {
  /** Functions and so on. One of them is exported as `main`. */
  readonly body: string;
  readonly imports?: string;
  readonly pages?: number;
}

/** Makes a script from text. */
export function stubScript({ body, imports = "", pages = 4 }: StubScript): Uint8Array<ArrayBuffer> {
  return assemble(`${imports} (memory (export "memory") ${pages}) ${STUBS} ${body}`, {
    isSuspendable: false,
    hasReferences: true,
  });
}

const I32 = 0x7f;
const END = 0x0b;
/** The index of the first type, and of the first function, of the script itself. */
export const FIRST_TYPE = REQUIRED_TYPES.length;
export const FIRST_FUNCTION = REQUIRED_EXPORTS.length;

export interface RawFunction {
  readonly type: number;
  readonly locals?: Part;
  readonly code: Part;
}

/** Sections by their ids. They replace the sections that every script has. */
export type MoreSections = Readonly<Record<number, Buffer>>;

/** Makes a script from bytes. The first function is `main`. */
export function rawScript(
  functions: readonly RawFunction[],
  types: readonly Part[] = [],
  more: MoreSections = {},
): Buffer<ArrayBuffer> {
  const stubs = REQUIRED_EXPORTS.map(([, type]): RawFunction => ({ type, code: emptyBody(type) }));
  const all = [...stubs, ...functions];
  const bodies = all.map(({ locals = vector(), code }) => sized(locals, code, END));
  const count = Buffer.from(u32(all.length));
  const exports = [
    ...REQUIRED_EXPORTS.map(([name], index) => join(name, 0, index)),
    join("main", 0, FIRST_FUNCTION),
  ];
  const sections: MoreSections = {
    1: section(1, vector(...REQUIRED_TYPES, ...types)),
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

/** A vector of `count` types i32. */
export function i32s(count: number): Buffer {
  return join(u32(count), repeat(I32, count));
}
