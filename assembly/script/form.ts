/** One part of a form, written as an object literal: `{ data: "text", type: "text/plain" }`. */
export class Field {
  /** A string or bytes (`Uint8Array`, `StaticArray<u8>`, `u8[]`, `ArrayBuffer`), or a File. */
  data: Object;
  /** Content-Type. Without it, the file name decides. */
  type: string | null = null;
  filename: string | null = null;
  /** "base64", "quoted-printable", "7bit", "8bit" or "binary". */
  encoder: string | null = null;
}

/** A post of fields, sent as multipart/form-data in the order in which they were added. */
export class Form {
  /** @internal */
  readonly names: Array<string | null> = [];
  /** @internal */
  readonly fields: Field[] = [];

  /** Adds a field, and returns the form. A name may be used more than once. `null` makes a part without a name. */
  add(name: string | null, field: Field): this {
    this.names.push(name);
    this.fields.push(field);
    return this;
  }
}
