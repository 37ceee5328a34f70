import {
  KEY_CODE,
  KEY_CONTENT,
  KEY_ERROR,
  KEY_STATUS,
  KEY_THROWS,
  NOTHING,
  RECORD_HEADER_SIZE,
} from "../abi.ts";
import { header, read, release, url } from "../http_background.ts";
import { Reader } from "../values/reader.ts";
import { Text } from "../values/text.ts";
import { decodeUtf8 } from "../values/utf8.ts";
import { Content } from "./content.ts";
import { File } from "./file.ts";

/** The result of a call: a status with content, or an error. */
export class Reply {
  /** Whether the transfer failed. Any HTTP status is a success. */
  failed: bool = false;
  /** HTTP status; 0 if the transfer failed. */
  status: i32 = 0;
  /** Why the transfer failed: a sentence of libcurl; empty if it did not fail. */
  error: string = "";
  /** The code of the error, such as `COULDNT_CONNECT`, which never changes; empty if the transfer did not fail. */
  code: string = "";
  /** @internal What the script did wrong; empty if nothing. */
  mistake: string = "";
  private handle: i32 = 0;
  private size: i32 = 0;
  private isHeld: bool = false;
  private isForgotten: bool = false;
  /** Whether there is a File of the content. If the host forgot the content, this File could not be sent. */
  private isFile: bool = false;
  private bytes: Content | null = null;

  /** @internal Copies what it needs from the record. */
  static read(record: usize): Reply {
    const start = record + RECORD_HEADER_SIZE;
    const reader = new Reader(start, start + load<u32>(record));
    const reply = new Reply();
    for (let left = reader.enter(); left > 0; left--) reply.readPair(reader);
    return reply;
  }

  /** The content; empty if the transfer failed. Its bytes come from the host at the first use. */
  get content(): Content {
    const read = this.bytes;
    if (read !== null) return read;
    const bytes = this.readContent();
    this.bytes = bytes;
    if (!this.isFile) this.releaseContent();
    return bytes;
  }

  /** The content as text, decoded as UTF-8. Bytes that are not UTF-8 become U+FFFD, as in `TextDecoder`. */
  get text(): string {
    return this.content.toString();
  }

  /** The content as a File. It can be sent without entering the script. The host keeps it until `release`. */
  get file(): File {
    const read = this.bytes;
    if (read !== null) return File.fromBytes(read);
    if (!this.isHeld) return File.fromBytes(new Uint8Array(0));
    this.isFile = true;
    return File.ofHandle(this.handle);
  }

  /**
   * The value of a header; null if there is none of this name. Several are joined with a comma and a blank. The case of
   * letters does not matter.
   */
  header(name: string): string | null {
    if (this.status === 0) return null;
    const text = String.UTF8.encode(name);
    return takeText(header(this.handle, changetype<usize>(text), text.byteLength));
  }

  /** The URL that was asked last, after redirects, without credentials and fragment; empty if the transfer failed. */
  get url(): string {
    if (this.status === 0) return "";
    const text = takeText(url(this.handle));
    return text === null ? "" : text;
  }

  /**
   * Allows the host to forget content that will not be read or sent, and headers that nobody will ask for. Content that
   * was read is forgotten at once, without its headers.
   */
  release(): void {
    this.releaseContent();
    if (!this.isForgotten && this.status !== 0) release(this.handle);
    this.isForgotten = true;
  }

  private releaseContent(): void {
    if (this.isHeld) release(this.handle);
    this.isHeld = false;
  }

  private readContent(): Content {
    if (!this.isHeld) return new Content(0);
    const content = new Content(this.size);
    let offset = 0;
    while (offset < this.size) {
      const count = read(this.handle, offset, content.dataStart + offset, this.size - offset);
      if (count <= 0) abort("the host has less content than it said");
      offset += count;
    }
    return content;
  }

  private readPair(reader: Reader): void {
    reader.readString();
    const key = new Text(reader.ptr, reader.len);
    if (key.is(KEY_STATUS)) {
      this.status = <i32>reader.readNumber();
    } else if (key.is(KEY_CONTENT)) {
      reader.readHandle();
      this.handle = reader.handle;
      this.size = <i32>reader.size;
      this.isHeld = true;
    } else if (key.is(KEY_ERROR)) {
      this.error = readText(reader);
      this.failed = true;
    } else if (key.is(KEY_CODE)) {
      this.code = readText(reader);
    } else if (key.is(KEY_THROWS)) {
      this.mistake = readText(reader);
    } else {
      reader.skip();
    }
  }
}

/** The text of a record, which belongs to the script. */
function takeText(record: usize): string | null {
  if (record === NOTHING) return null;
  const text = decodeUtf8(record + RECORD_HEADER_SIZE, load<u32>(record));
  heap.free(record);
  return text;
}

function readText(reader: Reader): string {
  reader.readString();
  return decodeUtf8(reader.ptr, reader.len);
}
