/** What a script, or a body, gives a stream: when it is to give more, and when nobody wants more. */
export interface StreamSource {
  start?(controller: Feeding): unknown;
  pull?(controller: Feeding): unknown;
  cancel?(reason: unknown): unknown;
}

/** What a source does with its stream. */
export interface Feeding {
  enqueue(piece: unknown): void;
  close(): void;
  error(reason: unknown): void;
}

/** How much a stream may have before it pulls no more. */
export interface Strategy {
  readonly highWaterMark: number;
  size(piece: unknown): number;
}

export interface Piece {
  readonly value: unknown;
  readonly done: boolean;
}

interface Waiting {
  resolve(piece: Piece): void;
  reject(reason: unknown): void;
}

/** A queue of pieces, its source on one side and its reader on the other. */
export class StreamCore {
  readonly #source: StreamSource;
  readonly #strategy: Strategy;
  readonly #feeding: Feeding;
  readonly #queue: { readonly piece: unknown; readonly size: number }[] = [];
  readonly #waiting: Waiting[] = [];
  #state: "readable" | "closing" | "closed" | "errored" = "readable";
  #reason: unknown;
  #isStarted = false;
  #isPulling = false;
  #pullsAgain = false;
  /** Settles when nothing will come any more. */
  readonly closed: Promise<void>;
  #onClosed!: () => void;
  #onError!: (reason: unknown) => void;
  isDisturbed = false;

  constructor(source: StreamSource, strategy: Strategy, feeding: (core: StreamCore) => Feeding) {
    this.#source = source;
    this.#strategy = strategy;
    this.#feeding = feeding(this);
    this.closed = new Promise((resolve, reject) => {
      this.#onClosed = resolve;
      this.#onError = reject;
    });
    // Whoever reads gets the error, too.
    this.closed.catch(() => {});
    const started = source.start?.(this.#feeding);
    Promise.resolve(started).then(
      () => {
        this.#isStarted = true;
        this.#pull();
      },
      (reason) => this.error(reason),
    );
  }

  get canFeed(): boolean {
    return this.#state === "readable";
  }

  /** Whether there may be more to read. */
  get isOpen(): boolean {
    return this.#state === "readable" || this.#state === "closing";
  }

  /** How much more it would take; null after an error. */
  get desiredSize(): number | null {
    if (this.#state === "errored") return null;
    if (this.#state === "closed") return 0;
    return this.#strategy.highWaterMark - this.#queue.reduce((sum, { size }) => sum + size, 0);
  }

  read(): Promise<Piece> {
    this.isDisturbed = true;
    const next = this.#queue.shift();
    if (next !== undefined) {
      if (this.#state === "closing" && this.#queue.length === 0) this.#end();
      else this.#pull();
      return Promise.resolve({ value: next.piece, done: false });
    }
    if (this.#state === "errored") return Promise.reject(this.#reason);
    if (this.#state === "closed") return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#pull();
    });
  }

  enqueue(piece: unknown): void {
    if (!this.canFeed) throw new TypeError("the stream takes nothing more");
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) {
      waiting.resolve({ value: piece, done: false });
    } else {
      const size = Number(this.#sizeOf(piece));
      if (!(size >= 0 && size < Number.POSITIVE_INFINITY)) {
        const error = new RangeError("the size of a piece is no number of at least 0");
        this.error(error);
        throw error;
      }
      this.#queue.push({ piece, size });
    }
    this.#pull();
  }

  #sizeOf(piece: unknown): number {
    try {
      return this.#strategy.size(piece);
    } catch (error) {
      this.error(error);
      throw error;
    }
  }

  close(): void {
    if (!this.canFeed) throw new TypeError("the stream is closed already");
    if (this.#queue.length > 0) this.#state = "closing";
    else this.#end();
  }

  error(reason: unknown): void {
    if (this.#state === "closed" || this.#state === "errored") return;
    this.#state = "errored";
    this.#reason = reason;
    this.#queue.length = 0;
    this.#onError(reason);
    this.refuse(reason);
  }

  /** Rejects the reads that wait. */
  refuse(reason: unknown): void {
    for (const { reject } of this.#waiting.splice(0)) reject(reason);
  }

  async cancel(reason: unknown): Promise<void> {
    this.isDisturbed = true;
    if (this.#state === "errored") throw this.#reason;
    if (this.#state === "closed") return;
    this.#queue.length = 0;
    this.#end();
    await this.#source.cancel?.(reason);
  }

  #end(): void {
    this.#state = "closed";
    this.#onClosed();
    for (const { resolve } of this.#waiting.splice(0)) resolve({ value: undefined, done: true });
  }

  #pull(): void {
    const wanted =
      this.canFeed && this.#isStarted && (this.#waiting.length > 0 || Number(this.desiredSize) > 0);
    if (!wanted) return;
    if (this.#isPulling) {
      this.#pullsAgain = true;
      return;
    }
    this.#isPulling = true;
    new Promise((resolve) => resolve(this.#source.pull?.(this.#feeding))).then(
      () => {
        this.#isPulling = false;
        if (!this.#pullsAgain) return;
        this.#pullsAgain = false;
        this.#pull();
      },
      (reason) => this.error(reason),
    );
  }
}
