import { isUtf8 } from "node:buffer";
import type { ByteString } from "../transfer/byte-string.ts";

/** A longer path fits no pattern, because to read it takes time of its length. */
const LONGEST_PATH = 8192;

/** What servers read as the end of a segment or of the path. An escape that is left was escaped twice. */
const DELIMITER = /[/\\?#]|[^\x20-\x7e\u00a0-\u2027\u202a-\u{10ffff}]|%(?:u[\da-f]{2})?[\da-f]{2}/iu;
/** Servers read such a segment as "." or "..", or leave it out. */
const NO_NAME = /^[.\s]*$/;
const PERCENT = 0x25;

/**
 * The segments of the path of a request, without escapes; null if servers may read the path in different ways. Then no
 * pattern fits it, and the request is as good as none: whoever asks for what is allowed has no need of such a spelling.
 *
 * @param target Path and query, as they are sent.
 */
export function readPath(target: ByteString): readonly string[] | null {
  const path = pathOf(target);
  if (path.length > LONGEST_PATH || !path.startsWith("/")) return null;
  const written = path.slice(1).split("/");
  const segments: string[] = [];
  for (const [index, text] of written.entries()) {
    const isEnd = index === written.length - 1;
    const segment = readSegment(text);
    if (segment === null || (!isNamed(segment) && !(isEnd && segment === ""))) return null;
    segments.push(segment);
  }
  return segments;
}

/** The part before the query. */
export function pathOf(target: ByteString): ByteString {
  const end = target.indexOf("?");
  return end === -1 ? target : target.slice(0, end);
}

function readSegment(text: ByteString): string | null {
  const bytes = unescaped(Buffer.from(text, "latin1"));
  if (bytes === null || !isUtf8(bytes)) return null;
  const segment = bytes.toString("utf8");
  return DELIMITER.test(folded(segment)) ? null : segment;
}

/** Whether it is a name, also for servers that cut it off at its first semicolon. */
function isNamed(segment: string): boolean {
  const [name = ""] = folded(segment).split(";", 1);
  return !NO_NAME.test(name);
}

/** What some servers leave out. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
/** What some servers, and old character sets, take for a dot, a slash and a backslash. NFKC does not change it. */
const DOTS = /\u3002/g;
const SLASHES = /[\u2044\u2215\u29f8]/g;
const BACKSLASHES = /[\u2216\u29f5\u29f9]/g;

/** Some servers read `．` as a dot and `／` as a slash. */
function folded(text: string): string {
  if (!/[\u0080-\uffff]/.test(text)) return text;
  const visible = text.normalize("NFKC").replace(INVISIBLE, "");
  return visible.replace(DOTS, ".").replace(SLASHES, "/").replace(BACKSLASHES, "\\");
}

/** Decodes each escape, once; null if one has no two digits. */
function unescaped(bytes: Buffer): Buffer | null {
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    let byte = bytes[at] as number;
    if (byte === PERCENT) {
      const digits = bytes.toString("latin1", at + 1, at + 3);
      if (!/^[\da-f]{2}$/i.test(digits)) return null;
      byte = Number.parseInt(digits, 16);
      at += 2;
    }
    bytes[length++] = byte;
  }
  return bytes.subarray(0, length);
}
