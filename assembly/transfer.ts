import {
  KEY_BODY,
  KEY_HEADERS,
  KEY_KIND,
  KEY_LENGTH,
  KEY_SEGMENTS,
  KEY_THREAD,
  KEY_TYPE,
  KEY_URL,
} from "./abi.ts";
import { Post } from "./body/post.ts";
import { ClientCertificate } from "./options/client-certificate.ts";
import { HeaderList } from "./options/header-list.ts";
import { applyRule, NOT_SET } from "./options/numbers.ts";
import { Options } from "./options/options.ts";
import { CLIENT_CERT, OPTIONS, Rule } from "./options/table.ts";
import { Kind } from "./values/head.ts";
import { Reader } from "./values/reader.ts";
import { Text } from "./values/text.ts";
import { Writer } from "./values/writer.ts";

/** Writes the transfer for `perform`: a map of what is set. Options have their own names. */
export class TransferWriter {
  readonly writer: Writer = new Writer();
  private readonly opened: i32 = this.writer.openMap();
  private count: i32 = 0;

  /** Completes the record. */
  finish(): void {
    this.writer.closeMap(this.opened, this.count);
  }

  addText(key: string, value: Text): void {
    this.addKey(key);
    this.writer.writeBytes(value.ptr, value.len);
  }

  addTarget(thread: Text, url: Text): void {
    this.addText(KEY_THREAD, thread);
    this.addText(KEY_URL, url);
  }

  addOptions(options: Options): void {
    for (let row = 0; row < OPTIONS.length; row++) {
      const rule = unchecked(OPTIONS[row]).rule;
      const reader = options.at(row);
      if (reader === null || rule === Rule.None) continue;
      this.addOption(unchecked(OPTIONS[row]).name, rule, reader);
    }
    const certificate = options.at(CLIENT_CERT);
    if (certificate !== null) this.addClientCertificate(new ClientCertificate(certificate));
    if (options.headers !== 0) this.addHeaders(options.reader, options.headers);
  }

  addPost(post: Post): void {
    this.addKey(KEY_BODY);
    const writer = this.writer;
    writer.writeMapHead(4);
    writer.writeName(KEY_KIND);
    writer.writeNumber(post.kind);
    writer.writeName(KEY_TYPE);
    post.writeType(writer);
    writer.writeName(KEY_LENGTH);
    writer.writeNumber(<f64>post.plan.length);
    writer.writeName(KEY_SEGMENTS);
    post.plan.writeTo(writer);
  }

  private addOption(name: string, rule: Rule, reader: Reader): void {
    if (reader.kind() === Kind.Number) {
      const value = applyRule(rule, reader.readNumber());
      if (value === NOT_SET) return;
      this.addKey(name);
      this.writer.writeNumber(value);
    } else {
      this.addKey(name);
      this.addValue(reader);
    }
  }

  /** Adds the strings of the list. If it is not a list, it adds nothing. */
  private addHeaders(reader: Reader, place: usize): void {
    const list = new HeaderList(reader, place);
    if (!list.isThere) return;
    const strings = new Writer();
    let count = 0;
    while (list.next()) {
      strings.writeBytes(reader.ptr, reader.len);
      count++;
    }
    this.addKey(KEY_HEADERS);
    this.writer.writeArrayHead(count);
    this.writer.writeRaw(strings.ptr, strings.len);
  }

  private addClientCertificate(certificate: ClientCertificate): void {
    this.addKey(unchecked(OPTIONS[CLIENT_CERT]).name);
    const reader = certificate.reader;
    const writer = this.writer;
    writer.writeArrayHead(3);
    reader.pos = certificate.x509;
    this.addValue(reader);
    reader.pos = certificate.privateKey;
    this.addValue(reader);
    this.addChain(reader, certificate.chain);
  }

  private addChain(reader: Reader, place: usize): void {
    reader.pos = place;
    const isMap = place !== 0 && reader.kind() === Kind.Map;
    const count = place !== 0 ? reader.enter() : 0;
    this.writer.writeArrayHead(count);
    for (let left = count; left > 0; left--) {
      if (isMap) reader.skip();
      this.addValue(reader);
    }
  }

  private addKey(key: string): void {
    this.writer.writeName(key);
    this.count++;
  }

  /** Adds the value at the reader's position. Strings become bytes, other values do not change. */
  private addValue(reader: Reader): void {
    const start = reader.pos;
    if (reader.kind() === Kind.String) {
      reader.readString();
      this.writer.writeBytes(reader.ptr, reader.len);
    } else {
      reader.skip();
      this.writer.writeRaw(start, <i32>(reader.pos - start));
    }
  }
}
