/** A mistake of the caller (the host throws it), or a transfer that cannot be asked for (`message` empty: a value). */
export class Failure {
  constructor(
    readonly code: string,
    readonly message: string,
    readonly option: string,
  ) {}

  /** An argument of the wrong type. */
  static argument(message: string): Failure {
    return new Failure("BAD_ARGUMENT", message, "");
  }

  /** An option of the wrong type, in the words of the original. */
  static option(name: string, message: string): Failure {
    return new Failure("BAD_OPTION", message, name);
  }

  /** A value that cannot be sent. The host has the sentence for the code. */
  static transfer(code: string): Failure {
    return new Failure(code, "", "");
  }
}
