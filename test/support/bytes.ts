import * as fc from "fast-check";

/** Byte i of the pattern that the vectors' files are made of. */
export function patternBytes(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 255));
}

/** Bytes cut at these places, in any order; empty chunks where two are the same. */
export function cutAt(bytes: Buffer, cuts: number[]): Buffer[] {
  const places = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b);
  return [0, ...places].map((start, i) => bytes.subarray(start, places[i] ?? bytes.length));
}

/** What encoders trip over: line breaks whole and halved, blanks, "=", long lines, 8-bit runs, any byte. */
const fragment = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("\r\n", "\r", "\n", " ", "\t", "=", " \r\n", "\t\r", "  ", "\0") },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 90 }).map((length) => "x".repeat(length)) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 30 }).map((length) => "é".repeat(length)) },
  { weight: 3, arbitrary: fc.string({ unit: "grapheme-ascii", maxLength: 60 }) },
  {
    weight: 2,
    arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
  },
);

/** Bytes of the kinds that tell encoders apart. */
export const mixedBytes: fc.Arbitrary<Buffer> = fc
  .array(fragment, { maxLength: 12, size: "max" })
  .map((parts) => Buffer.from(parts.join(""), "latin1"));

/** Checks something of many bodies and many ways to cut them into chunks; a failure prints its seed. */
export function checkChunks(check: (bytes: Buffer, chunks: Buffer[]) => void, numRuns = 200): void {
  const cuts = fc.array(fc.nat({ max: 2000 }), { maxLength: 8 });
  const property = fc.property(mixedBytes, cuts, (bytes, places) => check(bytes, cutAt(bytes, places)));
  // Nothing floats: the property is synchronous.
  void fc.assert(property, { numRuns });
}
