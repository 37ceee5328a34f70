import { Kind } from "../values/head.ts";
import { Reader } from "../values/reader.ts";

/** The strings of the option `headers`, one after another. All else in it is passed over, as are the keys of a map. */
export class HeaderList {
  /** Whether there is one: an array, or a map. */
  readonly isThere: bool;
  private readonly isMap: bool;
  private left: i32 = 0;

  /** `place` is where the option lies among the arguments; 0 if it is absent. Moves the reader, as `next` does. */
  constructor(
    private readonly reader: Reader,
    place: usize,
  ) {
    const kind = place === 0 ? Kind.Absent : kindAt(reader, place);
    this.isMap = kind === Kind.Map;
    this.isThere = kind === Kind.Map || kind === Kind.Array;
    if (this.isThere) this.left = reader.enter();
  }

  /** Reads the next one, which is then the reader's string. False if there is none. */
  next(): bool {
    while (this.left > 0) {
      this.left--;
      if (this.isMap) this.reader.skip();
      const isString = this.reader.kind() === Kind.String;
      if (isString) this.reader.readString();
      else this.reader.skip();
      if (isString) return true;
    }
    return false;
  }
}

function kindAt(reader: Reader, place: usize): Kind {
  reader.pos = place;
  return reader.kind();
}
