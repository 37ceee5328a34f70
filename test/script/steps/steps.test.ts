import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HttpBackgroundError } from "../../../host/api/errors.ts";
import { UnwindOverflow } from "../../../host/guest/parked/unwind-area.ts";
import { Abort, RecursionError } from "../../../host/script/blame/abort.ts";
import { ScriptError } from "../../../host/script/blame/errors.ts";
import { LentPages } from "../../../host/script/pages/lent-pages.ts";
import { PageStore } from "../../../host/script/pages/page-store.ts";
import { type LongBytes, PAGE_SIZE, PagedBytes } from "../../../host/script/pages/paged-bytes.ts";
import { BatchReader, BatchWriter } from "../../../host/script/steps/batch.ts";
import type { Batch } from "../../../host/script/steps/codes.ts";
import type {
  Asked,
  Failed,
  GuestCall,
  NamedValue,
  Step,
  StepEnd,
  StepOutcome,
  SuspendedGuest,
  Waits,
} from "../../../host/script/steps/step.ts";
import { StepReader, type UnreadStep } from "../../../host/script/steps/step-reader.ts";
import { StepWriter } from "../../../host/script/steps/step-writer.ts";

const LARGE = 100_000;

const bytes = (...values: number[]): Buffer => Buffer.from(values);
const paged = (size: number): PagedBytes => new PagedBytes(size, [3, 2 ** 31, 1]);

/** Pages as a worker has them, and of which memory they are. */
function lend(count: number): { lent: LentPages; pages: number[] } {
  const store = new PageStore();
  const lent = new LentPages();
  const pages = store.take(count);
  lent.lend(pages);
  for (const segment of store.segments) lent.pages.add(segment);
  return { lent, pages };
}

const VALUES: readonly NamedValue[] = [
  { number: 1, type: 1, size: -1, name: "the file", bytes: null },
  { number: 2 ** 30 + 1, type: 2, size: 2 ** 40, name: null, bytes: bytes(1, 2, 3) },
  { number: 3, type: 3, size: LARGE, name: "", bytes: paged(50_000) },
];
const PARKED = { memorySize: 2 ** 32, globals: [0, -1, 1.5, 2n ** 63n - 1n, -(2n ** 63n)], bytes: bytes(9) };
const ALLOWANCE = {
  computeMs: 1.5,
  cpuMs: Number.POSITIVE_INFINITY,
  timeMs: -3,
  outputBytes: 2 ** 40,
  keptBytes: 2 ** 41,
  requests: 7,
  made: 1000,
  date: Date.UTC(2000, 0),
  seed: Number.NaN,
};

const FIRST_STEP: Step = {
  ticket: 2 ** 40,
  run: 2 ** 33,
  script: 1,
  allowance: ALLOWANCE,
  context: {
    entry: "main",
    args: ["", "häuser", bytes(), bytes(0, 255), paged(70_000), { text: paged(LARGE) }],
    values: VALUES,
  },
  from: null,
};
const NEXT_STEP: Step = {
  ...FIRST_STEP,
  context: null,
  from: {
    parked: PARKED,
    answers: [
      { number: 0, bytes: bytes(4, 5, 6, 7, 8) },
      { number: 2 ** 31, bytes: bytes() },
    ],
    open: 3,
    isAnnounced: true,
    calls: [1, 2 ** 31],
    values: VALUES,
  },
};

const REFUSED = { kind: "refused", number: 2, answer: bytes(1), id: "défault" } as const;

/** A guest that waits for these calls. */
const waits = (
  calls: readonly GuestCall[],
  cancelled: number[] = [],
  parked: SuspendedGuest = PARKED,
): StepOutcome => {
  return { kind: "waits", calls, cancelled, until: null, isAnnounced: false, parked };
};

const OUTCOMES: readonly StepOutcome[] = [
  waits(
    [
      {
        kind: "asked",
        number: 1,
        transfer: bytes(1, 2),
        data: [
          { type: 1, bytes: bytes() },
          { type: 2, bytes: Buffer.alloc(LARGE, 7) },
        ],
      },
      REFUSED,
      { kind: "sleep", number: 2 ** 31, ms: 0.5 },
    ],
    [],
    { ...PARKED, bytes: paged(LARGE) },
  ),
  waits([REFUSED]),
  waits([], [5, 6]),
  { kind: "waits", calls: [], cancelled: [], until: [3, 2 ** 31], isAnnounced: true, parked: PARKED },
  { kind: "returned", result: bytes(1, 2, 3) },
  { kind: "returned", result: undefined },
  { kind: "returned", result: -0.5 },
  { kind: "returned", result: 2n ** 40n },
];

const NO_MEMORY = new RangeError("Array buffer allocation failed");

const ERRORS: readonly Error[] = [
  new UnwindOverflow(),
  new ScriptError("OUTPUT_LIMIT", "too much", { place: { file: "a.ts", line: 1, column: 2 } }),
  new HttpBackgroundError("BAD_ARGUMENT", "Bad x", { option: "x", cause: new Error("why") }),
  new Abort("it failed", { file: "a.ts", line: 3, column: 4 }),
  new RecursionError(new RangeError("Maximum call stack size exceeded")),
  new WebAssembly.RuntimeError("unreachable"),
  new RangeError("out of range"),
  new TypeError("no number"),
];

const endOf = (outcome: StepOutcome): StepEnd => ({
  ticket: 5,
  cpuMs: 0.25,
  memoryBytes: 2 ** 33,
  output: bytes(1, 2, 3),
  hasTaken: true,
  released: [1, 2 ** 31],
  outcome,
});

/** As it is when another thread has got it. */
function posted(batch: Batch): { reader: StepReader; given: Batch } {
  const given = structuredClone(batch, { transfer: [batch.bytes.buffer] });
  return { reader: new StepReader(given), given };
}

function steps(given: readonly Step[]): { read: (Step | UnreadStep)[]; posted: Batch } {
  const writer = new StepWriter();
  for (const step of given) writer.writeStep(step);
  const { reader, given: got } = posted(writer.finish());
  const read: (Step | UnreadStep)[] = [];
  while (!reader.isAtEnd) read.push(reader.readStep());
  return { read, posted: got };
}

function ends(given: readonly StepEnd[]): { read: StepEnd[]; posted: Batch } {
  const writer = new StepWriter();
  for (const end of given) writer.writeEnd(end);
  const { reader, given: got } = posted(writer.finish());
  const read: StepEnd[] = [];
  while (!reader.isAtEnd) read.push(reader.readEnd());
  return { read, posted: got };
}

/** With all bytes as Buffers, so that only their content is compared. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

describe("a batch", () => {
  it("carries steps of every kind, in order", () => {
    const given = [FIRST_STEP, NEXT_STEP, FIRST_STEP];
    assert.deepEqual(plain(steps(given).read), plain(given));
  });

  it("carries ends of every kind, in order", () => {
    const given = OUTCOMES.map(endOf);
    assert.deepEqual(plain(ends(given).read), plain(given));
  });

  it("carries errors with all by which they are told apart", () => {
    const given = ERRORS.map((error) => endOf({ kind: "failed", error, isStarved: true }));
    for (const [i, { outcome }] of ends(given).read.entries()) {
      const { error, isStarved } = outcome as Failed;
      const expected = ERRORS[i] as Error & Record<string, unknown>;
      const read = error as Error & Record<string, unknown>;
      assert.ok(isStarved);
      assert.ok(
        read instanceof (expected instanceof TypeError ? Error : (expected.constructor as typeof Error)),
      );
      for (const key of ["message", "code", "option", "place", "stack"]) {
        assert.deepEqual(read[key], expected[key], `${expected.message}: ${key}`);
      }
      assert.equal((read.cause as Error)?.message, (expected.cause as Error)?.message);
    }
  });

  it("has nothing of a step or an end for which there is no memory, and all others", (t) => {
    const { lent } = lend(20);
    const writer = new StepWriter(lent);
    const refusal = { ...REFUSED, id: "too long" };
    const { encode } = TextEncoder.prototype;
    t.mock.method(
      TextEncoder.prototype,
      "encode",
      function (this: InstanceType<typeof TextEncoder>, text: string) {
        if (text === refusal.id) throw NO_MEMORY;
        return encode.call(this, text);
      },
    );
    const given = OUTCOMES.map(endOf);
    for (const end of given) {
      writer.writeEnd(end);
      assert.throws(
        () => writer.writeEnd({ ...endOf(waits([refusal])), output: Buffer.alloc(LARGE) }),
        NO_MEMORY,
      );
    }
    const { reader, given: got } = posted(writer.finish());
    for (const end of given) assert.deepEqual(plain(reader.readEnd()), plain(end));
    assert.ok(reader.isAtEnd);
    assert.equal(got.moved.length, 1);
    lent.takeBack();
    assert.equal(lent.count, 20, "pages of which nobody was told can be filled again");
  });

  it("can be read on after what there is no memory for", (t) => {
    const data = [bytes(1, 2), Buffer.alloc(1234), bytes(3)];
    const given = data.map((transfer) => endOf(waits([{ kind: "asked", number: 1, transfer, data: [] }])));
    const started = data.map((arg) => ({
      ...FIRST_STEP,
      context: { entry: "main", args: [arg], values: [] },
    }));
    const { from } = Buffer;
    t.mock.method(Buffer, "from", (...args: Parameters<typeof from>) => {
      if ((args[0] as Partial<Buffer>).length === 1234) throw NO_MEMORY;
      return from(...args);
    });
    const kinds = ends(given).read.map(({ ticket, outcome }) => [ticket, outcome.kind]);
    assert.deepEqual(kinds, [
      [5, "waits"],
      [5, "failed"],
      [5, "waits"],
    ]);
    const errors = steps(started).read.map((step) => ("error" in step ? step.error : undefined));
    assert.deepEqual(errors, [undefined, NO_MEMORY, undefined]);
  });

  it("carries what was thrown that is no error, and causes without an end", () => {
    const circular = new Error("round");
    circular.cause = circular;
    const given = ["text", circular].map((error) => endOf({ kind: "failed", error, isStarved: false }));
    const messages = ends(given).read.map(({ outcome }) => ((outcome as Failed).error as Error).message);
    assert.deepEqual(messages, ["text", "round"]);
  });

  it("puts long bytes into pages as long as there are enough, and names those that are in pages", () => {
    const long = (): StepEnd => ({
      ...endOf(OUTCOMES[0] as StepOutcome),
      output: Buffer.alloc(4 * PAGE_SIZE, 1),
    });
    const { lent, pages } = lend(5);
    const writer = new StepWriter(lent);
    writer.writeEnd({ ...long(), output: Buffer.alloc(4 * PAGE_SIZE - 1) });
    writer.writeEnd(long());
    writer.writeEnd(long());
    // Each of the three has a guest in three pages, too.
    assert.equal(writer.sizeBeside, 4 * PAGE_SIZE + LARGE + 3 * 3 * PAGE_SIZE);
    const { reader } = posted(writer.finish());
    assert.equal(writer.sizeBeside, 0);
    lent.takeBack();
    assert.equal(lent.count, 1, "pages of which somebody was told are not filled again");
    const outputs = [1, 2, 3].map(() => reader.readEnd().output);
    assert.deepEqual(
      outputs.map((output) => (output instanceof PagedBytes ? output.pages : output.length)),
      [4 * PAGE_SIZE - 1, pages.slice(1), 4 * PAGE_SIZE],
    );
  });

  it("carries data that are posted several times once, wherever they are", () => {
    const [short, long, inPages] = [bytes(1, 2), Buffer.alloc(LARGE, 7), paged(LARGE)];
    const posts = [long, short, inPages, long, short, inPages, bytes(3), long];
    const call = (data: readonly LongBytes[]): GuestCall => {
      const given = data.map((one) => ({ type: 1, bytes: one }));
      return { kind: "asked", number: 1, transfer: bytes(), data: given };
    };
    const others = [Buffer.alloc(LARGE, 8), inPages];
    const { read, posted: batch } = ends([endOf(waits([call(posts), call(others)]))]);
    const [first, second] = ((read[0] as StepEnd).outcome as Waits).calls as [Asked, Asked];
    const got = first.data.map((one) => one.bytes);
    assert.deepEqual(plain(got), plain(posts));
    assert.deepEqual(
      got.map((one) => got.indexOf(one)),
      [0, 1, 2, 0, 1, 2, 6, 0],
    );
    assert.deepEqual(plain(second.data.map((one) => one.bytes)), plain(others));
    assert.equal(batch.moved.length, 2);
  });

  it("needs a few bytes for each place of a post in which the same long data are", () => {
    const inPages = new PagedBytes(
      1000 * PAGE_SIZE,
      Array.from({ length: 1000 }, (_, page) => page),
    );
    const data = Array.from({ length: 10_000 }, () => ({ type: 1, bytes: inPages }));
    const writer = new StepWriter();
    writer.writeEnd(endOf(waits([{ kind: "asked", number: 1, transfer: bytes(), data }])));
    assert.ok(writer.size < 200_000, String(writer.size));
    assert.equal(writer.sizeBeside, 1000 * PAGE_SIZE);
  });

  it("puts a guest that fills a page into pages, if there are any", () => {
    const { lent } = lend(1);
    const writer = new StepWriter(lent);
    const guests = [PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE].map((size) => Buffer.alloc(size, 1));
    for (const guest of guests) writer.writeEnd(endOf(waits([], [], { ...PARKED, bytes: guest })));
    const { reader } = posted(writer.finish());
    const got = guests.map(() => (reader.readEnd().outcome as Waits).parked.bytes instanceof PagedBytes);
    assert.deepEqual(got, [false, true, false]);
  });

  it("carries a terabyte's numbers and a megabyte of text, and the writer starts anew", () => {
    const writer = new BatchWriter();
    for (const size of [0, 1, 2, 3, 4, 5, 1 << 20]) {
      writer.writeText("é".repeat(size));
      writer.writeF64(2 ** 40 + size);
      writer.writeI64(-BigInt(size));
      writer.writeU32(2 ** 32 - 1);
      const reader = new BatchReader(writer.finish());
      assert.equal(writer.length, 0);
      assert.equal(reader.readText().length, size);
      assert.equal(reader.readF64(), 2 ** 40 + size);
      assert.equal(reader.readI64(), -BigInt(size));
      assert.equal(reader.readU32(), 2 ** 32 - 1);
      assert.ok(reader.isAtEnd);
    }
  });
});
