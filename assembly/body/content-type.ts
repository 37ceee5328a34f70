import { HeaderList } from "../options/header-list.ts";
import { Reader } from "../values/reader.ts";
import { startsWithIgnoringCase, Text } from "../values/text.ts";

const NAME = "content-type";
const FORM_DATA = "multipart/form-data";

/** What the caller's headers say of the Content-Type. */
export class CallerContentType {
  /** The original's own test: some header begins with `Content-Type:`, letter case aside. */
  hasColon: bool = false;
  /**
   * The text behind the first `Content-Type:`, else behind the first `Content-Type;`: libcurl looks for either, and then
   * lets the multipart body's own headers, which must have the colon, go before.
   */
  value: Text | null = null;

  /** `headers` is the place of the list among the arguments; 0 if there is none. */
  constructor(reader: Reader, headers: usize) {
    const list = new HeaderList(reader, headers);
    while (list.next()) this.look(reader.ptr, reader.len);
  }

  /** Whether parts of a multipart body are `form-data`, which they are not in another kind of multipart. */
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
