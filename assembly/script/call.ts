import { start as startCall, wait, wait_any } from "../http_background.ts";
import { Writer } from "../values/writer.ts";
import { Options } from "./options.ts";
import { Reply } from "./reply.ts";
import { writeRequest } from "./request.ts";

/** A call that was started. Its reply comes while the script does something else. */
export class Call {
  private reply: Reply | null = null;

  /** @internal */
  constructor(
    private number: i32,
    private file: string,
    private line: i32,
    private column: i32,
  ) {}

  /**
   * Its reply. If it is not there yet, the script is suspended until it comes. A mistake in the call ends the script
   * here, with the place at which it was started.
   */
  wait(): Reply {
    const known = this.reply;
    if (known !== null) return known;
    const record = wait(this.number);
    const reply = Reply.read(record);
    heap.free(record);
    if (reply.mistake.length > 0) abort(reply.mistake, this.file, this.line, this.column);
    this.reply = reply;
    return reply;
  }

  /** @internal The position of a call that has its reply; -1 if there is none. */
  static answered(calls: Call[]): i32 {
    for (let i = 0; i < calls.length; i++) if (calls[i].reply !== null) return i;
    return -1;
  }

  /** @internal The position of the one whose reply comes first. */
  static first(calls: Call[]): i32 {
    const numbers = new StaticArray<i32>(calls.length);
    for (let i = 0; i < calls.length; i++) numbers[i] = calls[i].number;
    const number = wait_any(changetype<usize>(numbers), numbers.length);
    return numbers.indexOf(number);
  }
}

/**
 * Starts an HTTP request, and does not wait for the reply: `wait` of the result does. The request is made when the script
 * waits for something the next time.
 *
 * @param id A thread of the configuration.
 * @param url An http or https URL.
 * @param options Options that are left out have the original's defaults.
 * @param post A body, as in `http_background`.
 * @param file The transform adds this, `line` and `column`: the place of the call, which the message of a mistake
 * names.
 */
export function start(
  id: string,
  url: string,
  options: Options | null = null,
  post: Object | null = null,
  file: string = "",
  line: i32 = 0,
  column: i32 = 0,
): Call {
  const writer = new Writer();
  // As long as this variable is there, the collector leaves alone what is in it.
  const kept: ArrayBuffer[] = [];
  writeRequest(writer, id, url, options, post, kept);
  const number = startCall(writer.ptr, writer.len);
  writer.free();
  return new Call(number, file, line, column);
}

/** Waits until one of these calls has its reply, and returns it: the one whose reply came first. */
export function waitAny(calls: Call[]): Call {
  if (calls.length === 0) abort("waitAny needs a call");
  const answered = Call.answered(calls);
  return calls[answered < 0 ? Call.first(calls) : answered];
}
