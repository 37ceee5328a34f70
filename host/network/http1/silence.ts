// If the event loop has waited for nothing else in this time, hardly a byte can have come unnoticed.
const RECENT_MS = 0.25;
// libuv reads at most 64 KiB at once, and may leave more in the kernel when it has read much.
const LARGE = 32 * 1024;

/**
 * The time between two exchanges on a connection, in which the peer has nothing to say. What it says in this time
 * answers no request, and must not be taken for the answer to the next one.
 */
export class Silence {
  /** Whether it has begun and not ended. */
  isOn = false;
  /** Whether there was one on this connection. */
  hasBeen = false;
  /** Whether the peer spoke while a body was still being sent. Then the connection is good for this body only. */
  isBroken = false;
  /** Whether the next request waits to be written. Nothing of the last one is left to be sent then. */
  #isEnding = false;
  #since = 0;
  /** Number of bytes that came since the last one. */
  #received = 0;

  /**
   * Called when an exchange is complete, or has sent nothing.
   *
   * @param now milliseconds, of the same clock as in `isDoubtful`
   */
  begin(now: number): void {
    this.isOn = true;
    this.hasBeen = true;
    this.#since = now;
  }

  /** Called when the next request is made, before it is written. */
  expectEnd(): void {
    this.#isEnding = true;
  }

  /** Called when a request is written. */
  end(): void {
    this.isOn = false;
    this.#isEnding = false;
    this.#received = 0;
  }

  count(bytes: number): void {
    this.#received += bytes;
  }

  /**
   * Whether bytes may lie in the kernel that the event loop has not looked at yet, because somebody has computed in the
   * meantime, or because there were many.
   */
  isDoubtful(now: number): boolean {
    return this.isOn && (this.#received > LARGE || now - this.#since > RECENT_MS);
  }

  /**
   * Called when bytes come while it is on. The rest of a body is sent nevertheless.
   *
   * @param isSending whether a part of the last request is not sent yet
   * @throws UnaskedBytes if nothing is left to be sent: the connection must be closed
   */
  break(isSending: boolean): void {
    if (this.#isEnding || !isSending) throw new UnaskedBytes();
    this.isBroken = true;
  }
}

/** The peer sent bytes that answer no request. Nothing of the next request is sent, so it is sent elsewhere. */
export class UnaskedBytes extends Error {
  readonly code = "ERR_UNASKED_BYTES";

  constructor() {
    super("the peer sent bytes that answer no request");
  }
}
