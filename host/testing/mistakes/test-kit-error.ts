/** What is wrong with a test. Codes do not change. */
export type TestKitErrorCode =
  /** A request that no fake and no cassette answers. */
  | "NO_FAKE"
  /** Fakes that nobody has used. */
  | "UNUSED_FAKE"
  /** A body that is larger than `maxBodyBytes`. */
  | "BODY_TOO_LARGE"
  /** A request cannot be read as what was asked for. */
  | "BAD_REQUEST"
  /** A cassette that cannot be read or written. */
  | "BAD_CASSETTE";

/** A mistake of a test. It is thrown to the caller of the code under test, and it ends a script's run. */
export class TestKitError extends Error {
  override readonly name = "TestKitError";
  readonly code: TestKitErrorCode;

  /** @internal */
  constructor(code: TestKitErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
