/** One element of DER: its tag, and its bytes. */
export interface Element {
  /** Class, form and number, as in the first byte of the element. */
  tag: number;
  value: Buffer;
}

const HIGH_TAG_NUMBER = 0x1f;
const LONG_LENGTH = 0x80;

/**
 * The elements that follow each other in these bytes. It does not read what is inside of them.
 *
 * @throws Error if the bytes are not DER, and for tags above 30, which no certificate has
 */
export function readElements(bytes: Buffer): Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] as number;
    const { length, start } = readLength(bytes, at + 1);
    if ((tag & HIGH_TAG_NUMBER) === HIGH_TAG_NUMBER || start + length > bytes.length) throw unreadable();
    elements.push({ tag, value: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return elements;
}

/** The length that is written at `at`, and the position where the content begins. */
function readLength(bytes: Buffer, at: number): { length: number; start: number } {
  const first = bytes[at] ?? LONG_LENGTH;
  if (first < LONG_LENGTH) return { length: first, start: at + 1 };
  const digits = first - LONG_LENGTH;
  const start = at + 1 + digits;
  // No digits means "until the end" in BER. DER does not allow this.
  if (digits < 1 || digits > 4 || start > bytes.length) throw unreadable();
  return { length: bytes.readUIntBE(at + 1, digits), start };
}

function unreadable(): Error {
  return new Error("The certificate is not DER");
}
