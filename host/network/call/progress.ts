import type { Progress } from "../../api/calls.ts";
import { textIn } from "../../api/thrown.ts";
import type { Clock, Timer } from "../../lifetime/clock.ts";
import { CountedBody } from "../body/counted-body.ts";
import type { StartedResponse } from "../exchange/exchange.ts";
import type { Body } from "../transfer/body.ts";
import { type KeptHead, readLength } from "../transfer/kept-head.ts";

/** Nobody can read more often. */
const INTERVAL_MS = 100;
const WARNING = { type: "HttpBackgroundWarning", code: "HTTP_BACKGROUND_PROGRESS_FAILED" };

/** How far a transfer is, and who is told of it. */
export class ProgressMeter {
  readonly #onProgress: (progress: Progress) => unknown;
  readonly #clock: Clock;
  readonly #inContext: (step: () => void) => void;
  #sent = 0;
  #sending: number | null = null;
  #received = 0;
  #receiving: number | null = null;
  #timer: Timer | null = null;
  #hasFailed = false;

  /** @param inContext runs a function in the context of the call */
  constructor(
    onProgress: (progress: Progress) => unknown,
    clock: Clock,
    inContext: (step: () => void) => void,
  ) {
    this.#onProgress = onProgress;
    this.#clock = clock;
    this.#inContext = inContext;
  }

  /** A request begins. @param length of its body; negative if it is not known */
  begin(length: number): void {
    this.#sent = 0;
    this.#sending = length < 0 ? null : length;
    this.#received = 0;
    this.#receiving = null;
  }

  /** A request begins that has a body. @returns the same body, whose bytes are counted */
  follow(body: Body, framing: number): Body {
    this.begin(framing < 0 ? body.length : framing);
    return CountedBody.of(body, (bytes) => this.#onSent(bytes));
  }

  onHead({ status, head }: StartedResponse, method: string): void {
    this.#receiving = announcedLength(status, method, head);
    this.#tellLater();
  }

  onReceived(bytes: number): void {
    this.#received += bytes;
    this.#tellLater();
  }

  /** The transfer is over. */
  end(): void {
    if (this.#timer === null) return;
    this.#clock.clearTimeout(this.#timer);
    this.tell();
  }

  #onSent(bytes: number): true {
    this.#sent += bytes;
    this.#tellLater();
    return true;
  }

  #tellLater(): void {
    this.#timer ??= this.#clock.setTimeout(tell, INTERVAL_MS, this);
  }

  /** Tells what there is now. */
  tell(): void {
    this.#timer = null;
    if (!this.#hasFailed) this.#inContext(() => this.#call());
  }

  #call(): void {
    const [sent, sending, received, receiving] = [this.#sent, this.#sending, this.#received, this.#receiving];
    try {
      const returned = this.#onProgress({ sent, sending, received, receiving });
      // An asynchronous function is not awaited.
      if (returned !== undefined) Promise.resolve(returned).catch((error) => this.#fail(error));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** This harms nothing, but somebody should learn of it. It happens once: the function is not called any more. */
  #fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    const reason = textIn(error, "message") ?? `it threw a value of type ${typeof error}`;
    process.emitWarning(`onProgress has failed, and is not called any more: ${reason}`, WARNING);
  }
}

function tell(meter: ProgressMeter): void {
  meter.tell();
}

function announcedLength(status: number, method: string, head: KeptHead): number | null {
  if (method === "HEAD" || status === 204 || status === 304) return 0;
  const length = readLength(head);
  return length < 0 ? null : length;
}
