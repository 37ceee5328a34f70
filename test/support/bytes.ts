import * as fc from "fast-check";

/** Bytes of the pattern in the files of the vectors. */
export function patternBytes(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 255));
}

/** Cuts bytes at these places, which may be in any order. If two places are the same, there is an empty chunk. */
export function cutAt(bytes: Buffer, cuts: number[]): Buffer[] {
  const places = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b);
  return [0, ...places].map((start, i) => bytes.subarray(start, places[i] ?? bytes.length));
}

/**
 * Input that is difficult for encoders: line breaks, half line breaks, blanks, "=", long lines, 8-bit runs, any byte.
 */
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

/** Bytes for which encoders differ. */
export const mixedBytes: fc.Arbitrary<Buffer> = fc
  .array(fragment, { maxLength: 12, size: "max" })
  .map((parts) => Buffer.from(parts.join(""), "latin1"));

/** Checks many bodies, cut into chunks in many ways. A failure prints its seed. */
export function checkChunks(check: (bytes: Buffer, chunks: Buffer[]) => void, numRuns = 200): void {
  const cuts = fc.array(fc.nat({ max: 2000 }), { maxLength: 8 });
  const property = fc.property(mixedBytes, cuts, (bytes, places) => check(bytes, cutAt(bytes, places)));
  // There is no promise to await, because the property is synchronous.
  void fc.assert(property, { numRuns });
}
