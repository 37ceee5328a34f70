import { decodeUtf8 } from "../values/utf8.ts";

/** The bytes of a reply. In a template, and wherever else a string is asked for, they are text. */
export class Content extends Uint8Array {
  /** The bytes as UTF-8. */
  toString(): string {
    return decodeUtf8(this.dataStart, this.byteLength);
  }
}
