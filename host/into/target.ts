/** Where content is written while it comes. Each method is called when the one before has ended; any may reject. */
export interface Target {
  /** Called once, before anything is written. */
  open(): Promise<void>;
  /** Resolves when more may be written. */
  write(piece: Uint8Array): Promise<void>;
  /** All is written. */
  finish(): Promise<void>;
  /** The content is not whole. It may come at any time, and even before `open`; nothing is called afterwards. */
  abandon(error: Error): Promise<void>;
}
