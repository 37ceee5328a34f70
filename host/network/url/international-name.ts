import { domainToASCII, domainToUnicode } from "node:url";
import type { ByteString } from "../transfer/byte-string.ts";
import { TransferFailure } from "../transfer/failures.ts";

// Punycode takes time squared, so what is far too long is not looked at.
const MAX_UNICODE_LENGTH = 1024;
// RFC 1035 §2.3.4, less the dot at the end of the name.
const MAX_ASCII_LENGTH = 253;
const MAX_LABEL_LENGTH = 63;

/**
 * A name as the DNS has it, by UTS 46. The name is bytes that are UTF-8; curl reads them so in a UTF-8 locale. A name of
 * ASCII alone is given back as it is, and not checked.
 *
 * @throws MalformedName for what libidn2 refuses, and so curl: labels and names that are too long, hyphens out of place
 */
export function toAsciiName(name: ByteString): string {
  if (!/[\x80-\xff]/.test(name)) return name;
  const unicode = Buffer.from(name, "latin1").toString("utf8");
  const isReadable = unicode.length <= MAX_UNICODE_LENGTH && !unicode.includes("\ufffd");
  const ascii = isReadable ? domainToASCII(unicode) : "";
  if (ascii === "" || !fits(ascii) || !isWellFormed(ascii)) throw new MalformedName("URL_MALFORMAT");
  return ascii;
}

/** A name that is no international one. To curl it is the name that is malformed, even where it is the proxy's. */
export class MalformedName extends TransferFailure {}

function fits(ascii: string): boolean {
  const length = ascii.endsWith(".") ? ascii.length - 1 : ascii.length;
  return length <= MAX_ASCII_LENGTH && ascii.split(".").every((label) => label.length <= MAX_LABEL_LENGTH);
}

/**
 * UTS 46 §4.1: no hyphen first or last in a label, and none third and fourth. What could not be decoded is still `xn--…`.
 * RFC 5892 has no `~` and no `|` in a label that is not ASCII.
 */
function isWellFormed(ascii: string): boolean {
  const decoded = domainToUnicode(ascii).split(".");
  const isOutside = (label: string): boolean => label.startsWith("-") || label.endsWith("-");
  if (decoded.some(isOutside) || ascii.split(".").some(isOutside)) return false;
  return decoded.every(
    (label) => !label.startsWith("--", 2) && !(/[^\0-\x7f]/.test(label) && /[~|]/.test(label)),
  );
}
