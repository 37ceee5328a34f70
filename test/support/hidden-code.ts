import { emptyBody, REQUIRED_EXPORTS, REQUIRED_TYPES } from "./script-exports.ts";
import { HEADER, join, type Part, section, sized, u32, vector } from "./wasm-bytes.ts";

// Modules with code that two readers understand in different ways. The engine knows reference types with an index, such
// as (ref null 1661). A reader that expects a type of one byte would read the index as an instruction, and the code
// after it as the immediates of this instruction.

const I32 = 0x7f;
const LOCALS = vector();
/** With the types of their functions. The last function has the hidden code. */
const ALL_EXPORTS = [...REQUIRED_EXPORTS, ["main", 0] as const];
const MAIN = REQUIRED_EXPORTS.length;
/** A reference to a function. Many function types are there only to be counted, and all are equal to its type. */
const REFERENCE: Part = [0xd2, MAIN];
const NOP = 0x01;

/** The code that is hidden. None of it changes the stack. */
export const HIDDEN = {
  "a loop without an end": [0x03, 0x40, 0x0c, 0, 0x0b],
  "memory.grow": [0x41, 1, 0x40, 0, 0x1a],
  "global.set": [0x41, 1, 0x24, 0],
} as const;

/** Indexes of types that look like an instruction, and how the code after them becomes its immediates. */
export const COVERS = {
  "v128.const": { index: 1661, cover: (code: Part) => padded(code, 16) },
  "i8x16.shuffle": { index: 1789, cover: (code: Part) => padded(code, 16) },
  // i32.const 0, drop: this gives the number of labels.
  br_table: { index: 14, cover: (code: Part) => padded(join(0x41, 0, 0x1a, code), 1 + 0x41 + 1) },
} as const;

/** A type and its surroundings. The module is valid if the engine knows the type. */
interface Place {
  locals?: (type: Part) => Part;
  code?: (type: Part, hidden: Part) => Part;
  global?: (type: Part) => Part;
  table?: (type: Part) => Part;
  signature?: (type: Part) => Part;
  element?: (type: Part) => Part;
}

export const PLACES = {
  block: { code: (type, hidden) => join(0x02, type, hidden, REFERENCE, 0x0b, 0x1a) },
  loop: { code: (type, hidden) => join(0x03, type, hidden, REFERENCE, 0x0b, 0x1a) },
  if: {
    code: (type, hidden) => join(0x41, 1, 0x04, type, hidden, REFERENCE, 0x05, REFERENCE, 0x0b, 0x1a),
  },
  select: { code: (type, hidden) => join(REFERENCE, REFERENCE, 0x41, 0, 0x1c, 1, type, hidden, 0x1a) },
  locals: { locals: (type) => vector(join(1, type)), code: (_, hidden) => hidden },
  "the second of two groups of locals": {
    locals: (type) => vector(join(3, I32), join(1, type)),
    code: (_, hidden) => hidden,
  },
  "a parameter": { signature: (type) => join(0x60, vector(type), vector()) },
  "a result": { signature: (type) => join(0x60, vector(), vector(type)) },
  "a global": { global: (type) => join(type, 0, REFERENCE, 0x0b) },
  "a table": { table: (type) => join(0x40, 0, type, 0, 1, REFERENCE, 0x0b) },
  "an element segment": { element: (type) => join(5, type, vector(join(REFERENCE, 0x0b))) },
} as const satisfies Readonly<Record<string, Place>>;

/** The byte before the index, which says that an index follows. */
export const PREFIXES = { "(ref null …)": 0x63, "(ref …)": 0x64 } as const;

export interface Hiding {
  readonly place: keyof typeof PLACES;
  readonly prefix: number;
  readonly cover: keyof typeof COVERS;
  readonly hidden: keyof typeof HIDDEN;
}

export function hidingModule({ place, prefix, cover, hidden }: Hiding): Buffer {
  const { index, cover: hide } = COVERS[cover];
  return moduleWithType(join(prefix, index < 0x40 ? index : u32(index)), place, {
    types: index + 1,
    hidden: hide(HIDDEN[hidden]),
  });
}

/** A script with this type at this place, in `main` or in another part, and with this number of function types. */
export function moduleWithType(
  type: Part,
  at: keyof typeof PLACES,
  { types = 16, hidden = [] }: { types?: number; hidden?: Part } = {},
): Buffer {
  const place: Place = PLACES[at];
  const plain = Array<Part>(Math.max(0, types - REQUIRED_TYPES.length)).fill(REQUIRED_TYPES[0] as Part);
  const declared = [...REQUIRED_TYPES, ...plain, ...(place.signature ? [place.signature(type)] : [])];
  const bodies = ALL_EXPORTS.map(([, kind]) => sized(LOCALS, emptyBody(kind), 0x0b));
  const code = join(place.code?.(type, hidden) ?? []);
  bodies[MAIN] = sized(place.locals?.(type) ?? LOCALS, code, 0x0b);
  return join(
    HEADER,
    section(1, vector(...declared)),
    section(3, vector(...ALL_EXPORTS.map(([, kind]) => u32(kind)))),
    section(4, vector(place.table?.(type) ?? [0x70, 0, 1])),
    section(5, vector([0, 4])),
    section(6, vector([I32, 1, 0x41, 0, 0x0b], ...(place.global ? [place.global(type)] : []))),
    section(7, vector(...ALL_EXPORTS.map(([name], i) => join(name, 0, i)), join("memory", 2, 0))),
    section(9, vector([3, 0, 1, MAIN], ...(place.element ? [place.element(type)] : []))),
    section(10, vector(...bodies)),
  );
}

function padded(code: Part, size: number): Buffer {
  const bytes = join(code);
  return join(bytes, Array<number>(size - bytes.length).fill(NOP));
}
