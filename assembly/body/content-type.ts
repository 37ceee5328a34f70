import { HeaderList } from "../options/header-list.ts";
import { Reader } from "../values/reader.ts";
import { startsWithIgnoringCase, Text } from "../values/text.ts";

const NAME = "content-type";
const FORM_DATA = "multipart/form-data";

/** What the caller's headers say about the Content-Type. */
export class CallerContentType {
  /** The test of the original: whether a header begins with `Content-Type:`, in any letter case. */
  hasColon: bool = false;
  /**
   * The text after the first `Content-Type:`, or if there is none, after the first `Content-Type;`. libcurl accepts
   * both, but it prefers the headers of the multipart body, and these must have the colon.
   */
  value: Text | null = null;

  /** `headers` is the place of the list in the arguments; 0 if there is none. */
  constructor(reader: Reader, headers: usize) {
    const list = new HeaderList(reader, headers);
    while (list.next()) this.look(reader.ptr, reader.len);
  }

  /** Whether the parts of the multipart body are `form-data`. In other kinds of multipart they are not. */
  get isFormData(): bool {
    const value = this.value;
    if (value === null) return true;
    if (!startsWithIgnoringCase(value.ptr, value.len, FORM_DATA)) return false;
    if (value.len === FORM_DATA.length) return true;
    const next = load<u8>(value.ptr + FORM_DATA.length);
    return next === 0x20 || next === 0x09 || next === 0x3b;
  }

  private look(ptr: usize, len: i32): void {
    if (len <= NAME.length || !startsWithIgnoringCase(ptr, len, NAME)) return;
    const separator = load<u8>(ptr + NAME.length);
    if (separator !== 0x3a && separator !== 0x3b) return;
    const isColon = separator === 0x3a;
    if (this.value !== null && (this.hasColon || !isColon)) return;
    if (isColon) this.hasColon = true;
    let start = NAME.length + 1;
    while (start < len && load<u8>(ptr + start) === 0x20) start++;
    this.value = new Text(ptr + start, len - start);
  }
}
