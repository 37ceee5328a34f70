import { PENDING } from "./abi.ts";
import { Post } from "./body/post.ts";
import { Failure } from "./failure.ts";
import { has_thread, perform } from "./http_background.ts";
import { Options } from "./options/options.ts";
import { validateOptions } from "./options/validate.ts";
import { failureRecord } from "./result.ts";
import { TransferWriter } from "./transfer.ts";
import { Kind } from "./values/head.ts";
import { Reader } from "./values/reader.ts";
import { Text } from "./values/text.ts";

/**
 * One call, up to its transfer, in the order of the original's checks. Only this file asks for a transfer (invariant 4).
 * Nothing is kept for `resume`.
 */
export function request(ptr: usize, len: i32): usize {
  const plan = new Request(new Reader(ptr, ptr + len));
  const failure = plan.read();
  if (failure !== null) return failureRecord(failure);
  const transfer = plan.transfer.writer;
  perform(transfer.ptr, transfer.len);
  return PENDING;
}

/** The end of a call: the outcome of its transfer is its result. */
export function resume(outcome: usize): usize {
  return outcome;
}

/** The arguments `[id, url, options, post]`. Absent arguments at the end are left out. */
class Request {
  readonly transfer: TransferWriter = new TransferWriter();
  private left: i32 = 0;

  constructor(private readonly reader: Reader) {}

  read(): Failure | null {
    const reader = this.reader;
    if (!reader.isWellFormed() || reader.kind() !== Kind.Array)
      return Failure.argument("Malformed arguments", "");
    this.left = reader.enter();
    const id = this.readText();
    if (id === null) return Failure.argument("Bad ID parameter", "id");
    if (has_thread(id.ptr, id.len) === 0) {
      return new Failure("UNKNOWN_THREAD", "Missing ID in configuration", "id");
    }
    const url = this.readText();
    if (url === null) return Failure.argument("Bad URL parameter", "url");
    this.transfer.addTarget(id, url);
    return this.readOptions();
  }

  private readOptions(): Failure | null {
    const reader = this.reader;
    const options = new Options(reader);
    if (this.next()) {
      const place = reader.pos;
      const kind = reader.kind();
      if (kind !== Kind.Map && kind !== Kind.Array)
        return Failure.argument("Bad options parameter", "options");
      if (kind === Kind.Map) options.find();
      const failure = validateOptions(options);
      if (failure !== null) return failure;
      reader.pos = place;
      reader.skip();
    }
    return this.readPost(options);
  }

  private readPost(options: Options): Failure | null {
    if (this.next()) {
      const post = new Post();
      const failure = post.read(this.reader, options);
      if (failure !== null) return failure;
      this.transfer.addPost(post);
    }
    this.transfer.addOptions(options);
    this.transfer.finish();
    return null;
  }

  /** Whether there is one more argument. The reader is at it then. An absent argument is skipped. */
  private next(): bool {
    if (this.left === 0) return false;
    this.left--;
    if (this.reader.kind() !== Kind.Absent) return true;
    this.reader.skip();
    return false;
  }

  private readText(): Text | null {
    if (!this.next() || this.reader.kind() !== Kind.String) return null;
    this.reader.readString();
    return new Text(this.reader.ptr, this.reader.len);
  }
}
