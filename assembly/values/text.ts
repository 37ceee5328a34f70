/**
 * The bytes of a string, in place. Strings of callers are bytes. Only names of the protocol are AssemblyScript strings.
 */
export class Text {
  constructor(
    readonly ptr: usize,
    readonly len: i32,
  ) {}

  /** Whether the bytes are exactly this ASCII name. */
  is(name: string): bool {
    return this.len === name.length && startsWith(this.ptr, name);
  }

  /** Like `is`, but in any letter case. `name` is lower case. */
  isIgnoringCase(name: string): bool {
    return this.len === name.length && startsWithIgnoringCase(this.ptr, this.len, name);
  }

  /** Whether the bytes contain this ASCII text. */
  includes(text: string): bool {
    const last = this.len - text.length;
    for (let i = 0; i <= last; i++) {
      if (startsWith(this.ptr + i, text)) return true;
    }
    return false;
  }

  /**
   * The bytes as ASCII, with `?` for those that cannot be shown. If there are more than `most`, the first ones and
   * "...".
   */
  show(most: i32): string {
    let shown = "";
    for (let i = 0; i < min(this.len, most); i++) {
      const byte = load<u8>(this.ptr + i);
      shown += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "?";
    }
    return this.len > most ? concat(shown, "...") : shown;
  }

  /** Whether a byte is CR, LF or NUL. These would end a header line, or a C string, too early. */
  hasLineBreak(): bool {
    for (let i = 0; i < this.len; i++) {
      const byte = load<u8>(this.ptr + i);
      if (byte === 0x0d || byte === 0x0a || byte === 0) return true;
    }
    return false;
  }

  hasNul(): bool {
    for (let i = 0; i < this.len; i++) {
      if (load<u8>(this.ptr + i) === 0) return true;
    }
    return false;
  }
}

function startsWith(ptr: usize, name: string): bool {
  for (let i = 0; i < name.length; i++) {
    if (load<u8>(ptr + i) !== <u8>name.charCodeAt(i)) return false;
  }
  return true;
}

/** Whether `len` bytes at `ptr` begin with `name`, in any letter case. `name` is lower case. */
export function startsWithIgnoringCase(ptr: usize, len: i32, name: string): bool {
  if (len < name.length) return false;
  for (let i = 0; i < name.length; i++) {
    const byte = load<u8>(ptr + i);
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== <u8>name.charCodeAt(i)) return false;
  }
  return true;
}

/**
 * Joins texts. The plugin's guest has no template strings: the compiler keeps their parts in static memory, which the host does
 * not make pristine.
 */
export function concat(first: string, second: string, third: string = ""): string {
  return first.concat(second).concat(third);
}
