/**
 * A mistake of the caller, which the host throws; or, with an empty `message`, a transfer that failed, which is a
 * value.
 */
export class Failure {
  constructor(
    readonly code: string,
    readonly message: string,
    readonly option: string,
  ) {}

  /** An argument of the wrong type, or a part of the post: its name, or the empty text if that is not known. */
  static argument(message: string, name: string): Failure {
    return new Failure("BAD_ARGUMENT", message, name);
  }

  /** An option of the wrong type, with the original's message. */
  static option(name: string, message: string): Failure {
    return new Failure("BAD_OPTION", message, name);
  }

  /** A value that cannot be sent. The host has the sentence for the code. */
  static transfer(code: string): Failure {
    return new Failure(code, "", "");
  }
}
