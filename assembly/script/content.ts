import { decodeUtf8 } from "../values/utf8.ts";

/** The bytes of a reply. In a template, and wherever a string is needed, they are text. */
export class Content extends Uint8Array {
  /** The bytes as text, decoded as UTF-8. */
  toString(): string {
    return decodeUtf8(this.dataStart, this.byteLength);
  }
}
