import { domainToASCII, domainToUnicode } from "node:url";
import type { ByteString } from "../transfer/byte-string.ts";
import { TransferFailure } from "../transfer/failures.ts";

// The time of Punycode grows with the square of the length, so much longer names are refused before.
const MAX_UNICODE_LENGTH = 1024;
// RFC 1035 §2.3.4, without the dot at the end of the name.
const MAX_ASCII_LENGTH = 253;
const MAX_LABEL_LENGTH = 63;

/**
 * Converts a name to the form that the DNS uses, by UTS 46. The bytes of the name are UTF-8; curl reads them like this
 * in a UTF-8 locale. A name of ASCII only is returned as it is, and not checked.
 *
 * @throws MalformedName for what libidn2, and so curl, refuses: labels or names that are too long, hyphens in wrong
 * places
 */
export function toAsciiName(name: ByteString): string {
  if (!/[\x80-\xff]/.test(name)) return name;
  const unicode = Buffer.from(name, "latin1").toString("utf8");
  const isReadable = unicode.length <= MAX_UNICODE_LENGTH && !unicode.includes("\ufffd");
  const ascii = isReadable ? domainToASCII(unicode) : "";
  if (ascii === "" || !fits(ascii) || !isWellFormed(ascii)) throw new MalformedName("URL_MALFORMAT");
  return ascii;
}

/** The name is not a valid international name. curl reports this as a malformed URL, even if it is the proxy's name. */
export class MalformedName extends TransferFailure {}

function fits(ascii: string): boolean {
  const length = ascii.endsWith(".") ? ascii.length - 1 : ascii.length;
  return length <= MAX_ASCII_LENGTH && ascii.split(".").every((label) => label.length <= MAX_LABEL_LENGTH);
}

/**
 * UTS 46 §4.1: a label has no hyphen at its start or end, and no hyphens as third and fourth character. A label that
 * could not be decoded is still `xn--…`. RFC 5892 allows no `~` and no `|` in a label that is not ASCII.
 */
function isWellFormed(ascii: string): boolean {
  const decoded = domainToUnicode(ascii).split(".");
  const isOutside = (label: string): boolean => label.startsWith("-") || label.endsWith("-");
  if (decoded.some(isOutside) || ascii.split(".").some(isOutside)) return false;
  return decoded.every(
    (label) => !label.startsWith("--", 2) && !(/[^\0-\x7f]/.test(label) && /[~|]/.test(label)),
  );
}
