/** The bytes of a reply. In a template, and wherever else a string is asked for, they are text. */
export class Content extends Uint8Array {
  /** The bytes as UTF-8. */
  toString(): string {
    return String.UTF8.decodeUnsafe(this.dataStart, this.byteLength);
  }
}
