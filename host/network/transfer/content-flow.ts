/** Takes content piece by piece, when it comes. Its methods do not throw. */
export interface ContentSink {
  /**
   * Takes a piece, which nobody changes any more. If it returns false, no more is read from the connection until it
   * calls `resume`. What was read already still comes.
   */
  write(piece: Buffer): boolean;
}

/** The content of a response, while it comes. */
export interface ContentFlow {
  /** Goes on after `write` returned false. At any other time it does nothing. */
  resume(): void;
}

/** A flow that can be ended by the one who takes the content. */
export interface CancellableFlow extends ContentFlow {
  /** Nobody wants the rest. The transfer ends. */
  cancel(): void;
}
