import type { ErrorCode } from "../../api/errors.ts";
import { HttpBackgroundError } from "../../api/errors.ts";
import { nearestName } from "../../api/nearest-name.ts";
import { SENTENCES, TransferFailure } from "../../network/transfer/failures.ts";
import { type Answer, BREAKS, type Faults } from "../exchange/answer.ts";
import type { TestRequest } from "../request/test-request.ts";
import type { RequestPattern } from "./pattern.ts";
import { type Reply, type ReplyContent, type ReplyHeaders, readReply } from "./reply.ts";
import { RequestMatcher } from "./request-matcher.ts";
import { show } from "./values.ts";

/** Makes a response for a request. A number is a status, and a text is content. */
export type ReplyFunction = (
  request: TestRequest,
) => Reply | number | string | PromiseLike<Reply | number | string>;

/**
 * What requests of one kind get. Each `reply`, `fail`, `never` and `garbage` adds an answer to the sequence. Each answer
 * is given once, and the last one any number of times, unless `times` says otherwise. When all are given, the fake is
 * used up, and the next one that fits has its turn.
 */
export interface Fake {
  /** A response. */
  reply(status?: number, headers?: ReplyHeaders, content?: ReplyContent): Fake;
  /**
   * A response that a function makes. What the function throws is thrown to the caller of the code under test, and by
   * `verify` and `close`, if that has caught it.
   */
  reply(make: ReplyFunction): Fake;
  /** The transfer fails, with any code of docs/errors.md. @param cause what the `cause` of the result tells */
  fail(code: ErrorCode, cause?: Error): Fake;
  /** Nothing ever comes. The time limit of the call, or its signal, ends it. */
  never(): Fake;
  /** What comes is not HTTP. The transfer fails with UNSUPPORTED_PROTOCOL. */
  garbage(): Fake;
  /** How often the last answer is given. */
  times(count: number): Fake;
  /** The last answer comes after so many milliseconds. */
  delay(ms: number): Fake;
  /** The content of the last answer comes in pieces of so many bytes, one every so many milliseconds. */
  trickle(bytes: number, everyMs: number): Fake;
  /** After so many bytes of content, the connection ends. The transfer fails with PARTIAL_FILE. */
  cut(afterBytes: number): Fake;
  /** After so many bytes of content, the connection is reset. The transfer fails with RECV_ERROR. */
  reset(afterBytes?: number): Fake;
  /** Nobody has to use it. Otherwise it is reported if it was not used. */
  optional(): Fake;
  /** How often it has answered. */
  readonly used: number;
}

/** One answer of the sequence. */
interface Turn {
  readonly make: (request: TestRequest, faults: Faults) => Answer | Promise<Answer>;
  /** Whether it has content, which can come slowly or break off. */
  readonly hasContent: boolean;
  times: number;
  faults: Faults;
}

/** A fake, with its place in the sequence. */
export class FakeRule implements Fake {
  readonly matcher: RequestMatcher;
  used = 0;
  isOptional = false;
  readonly #turns: Turn[] = [];
  /** How often the answer whose turn it is was given. */
  #given = 0;
  #turn = 0;

  constructor(pattern: RequestPattern | string | URL | RegExp) {
    this.matcher = new RequestMatcher(pattern);
  }

  /** Whether it has no answer for another request. */
  get isUsedUp(): boolean {
    return this.#turn >= this.#turns.length;
  }

  /** Whether some of its answers were not given. */
  get isUnused(): boolean {
    if (this.isOptional) return false;
    // The last answer, if it may be given any number of times.
    const isEnough = this.#turns[this.#turn]?.times === Number.POSITIVE_INFINITY && this.#given > 0;
    return this.#turns.length === 0 || !(this.isUsedUp || isEnough);
  }

  /** Takes the next answer. Called only if it is not used up. */
  next(request: TestRequest): Answer | Promise<Answer> {
    const turn = this.#turns[this.#turn] as Turn;
    this.used++;
    this.#given++;
    if (this.#given >= turn.times) {
      this.#turn++;
      this.#given = 0;
    }
    return turn.make(request, turn.faults);
  }

  reply(first: number | ReplyFunction = 200, headers?: ReplyHeaders, content?: ReplyContent): this {
    if (typeof first === "function") {
      const make = first;
      return this.#add(
        async (request, faults) => ({ ...readReply(asReply(await make(request))), faults }),
        true,
      );
    }
    // It is read once: what is wrong is told where the fake is made.
    const answer = readReply({ status: first, headers, content });
    return this.#add((_, faults) => ({ ...answer, faults }), true);
  }

  fail(code: ErrorCode, cause?: Error): this {
    if (!Object.hasOwn(SENTENCES, code)) {
      const nearest = nearestName(String(code), Object.keys(SENTENCES));
      const question = nearest === undefined ? "" : `; did you mean ${nearest}?`;
      throw bad("code", `${show(code)} is not a code of docs/errors.md${question}`);
    }
    return this.#addFailure(code, cause);
  }

  garbage(): this {
    return this.#addFailure("UNSUPPORTED_PROTOCOL");
  }

  never(): this {
    return this.#add(() => ({ kind: "silence" }), false);
  }

  times(count: number): this {
    if (!Number.isInteger(count) || count < 1)
      throw bad("times", `must be a whole number above 0, and is ${show(count)}`);
    this.#last.times = count;
    return this;
  }

  delay(ms: number): this {
    return this.#with({ delayMs: readNumber("delay", ms) });
  }

  trickle(bytes: number, everyMs: number): this {
    if (!(bytes >= 1)) throw bad("trickle", `must be at least 1 byte, and is ${show(bytes)}`);
    return this.#withContent("trickle", {
      trickle: { bytes: Math.floor(bytes), everyMs: readNumber("trickle", everyMs) },
    });
  }

  cut(afterBytes: number): this {
    return this.#withContent("cut", { breaks: { after: readNumber("cut", afterBytes), error: BREAKS.cut } });
  }

  reset(afterBytes = 0): this {
    return this.#withContent("reset", {
      breaks: { after: readNumber("reset", afterBytes), error: BREAKS.reset },
    });
  }

  optional(): this {
    this.isOptional = true;
    return this;
  }

  toString(): string {
    return this.matcher.toString();
  }

  get #last(): Turn {
    const turn = this.#turns.at(-1);
    if (turn === undefined) throw bad("when", "say first what the answer is: reply, fail, never or garbage");
    return turn;
  }

  #addFailure(code: ErrorCode, cause?: Error): this {
    return this.#add(
      (_, faults) => ({ kind: "failure", error: new TransferFailure(code, cause), phase: "waiting", faults }),
      false,
    );
  }

  #add(make: Turn["make"], hasContent: boolean): this {
    const before = this.#turns.at(-1);
    if (before !== undefined && before.times === Number.POSITIVE_INFINITY) before.times = 1;
    this.#turns.push({ make, hasContent, times: Number.POSITIVE_INFINITY, faults: {} });
    return this;
  }

  #with(faults: Faults): this {
    const last = this.#last;
    last.faults = { ...last.faults, ...faults };
    return this;
  }

  #withContent(name: string, faults: Faults): this {
    if (!this.#last.hasContent) throw bad(name, "is for an answer that is a response");
    return this.#with(faults);
  }
}

function asReply(given: Reply | number | string): Reply {
  if (typeof given === "number") return { status: given };
  if (typeof given === "string") return { content: given };
  if (typeof given === "object" && given !== null) return given;
  throw bad("reply", `the function must give a response, a status or a text, and gave ${show(given)}`);
}

function readNumber(option: string, value: number): number {
  if (typeof value === "number" && value >= 0 && Number.isFinite(value)) return value;
  throw bad(option, `must be a number that is at least 0, and is ${show(value)}`);
}

function bad(option: string, why: string): HttpBackgroundError {
  return new HttpBackgroundError("BAD_ARGUMENT", `${option}: ${why}`, { option });
}
