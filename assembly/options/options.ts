import { Kind } from "../values/head.ts";
import { Reader } from "../values/reader.ts";
import { Text } from "../values/text.ts";
import { CLIENT_CERT, CLIENT_CERT_ALIAS, HEADERS, OPTIONS } from "./table.ts";

/** The places of the values of the known options in the arguments. */
export class Options {
  /** A place for each row of the table; 0 if the option is absent. */
  readonly places: StaticArray<usize> = new StaticArray<usize>(OPTIONS.length);
  /** The place of `headers`; 0 if it is absent. */
  headers: usize = 0;

  constructor(readonly reader: Reader) {}

  /** Finds the options in the map at the reader's position. If a key appears twice, the first one counts. */
  find(): void {
    const reader = this.reader;
    let alias: usize = 0;
    for (let left = reader.enter(); left > 0; left--) {
      const isString = reader.kind() === Kind.String;
      if (isString) reader.readString();
      else reader.skip();
      const place = reader.pos;
      const kind = reader.kind();
      if (isString && kind !== Kind.Absent) {
        const key = new Text(reader.ptr, reader.len);
        const row = rowOf(key);
        if (row >= 0) this.put(row, place);
        else if (alias === 0 && key.is(CLIENT_CERT_ALIAS)) alias = place;
        else if (this.headers === 0 && key.is(HEADERS)) this.headers = place;
      }
      reader.skip();
    }
    this.put(CLIENT_CERT, alias);
  }

  /** The reader, moved to the option's value; null if it is absent. */
  at(row: i32): Reader | null {
    const place = unchecked(this.places[row]);
    if (place === 0) return null;
    this.reader.pos = place;
    return this.reader;
  }

  private put(row: i32, place: usize): void {
    if (unchecked(this.places[row]) === 0) unchecked((this.places[row] = place));
  }
}

function rowOf(key: Text): i32 {
  for (let row = 0; row < OPTIONS.length; row++) {
    if (key.is(unchecked(OPTIONS[row]).name)) return row;
  }
  return -1;
}
