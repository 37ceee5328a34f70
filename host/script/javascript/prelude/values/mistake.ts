/** A mistake in a call, such as an option of the wrong type. Nothing was sent. Programs compare `code`. */
export class HttpBackgroundError extends Error {
  readonly code: string;
  /** The option, the argument or the part that is wrong; undefined if there is none. */
  readonly option: string | undefined;

  constructor(code: string, message: string, option?: string) {
    super(message);
    this.code = code;
    this.option = option;
  }
}
Object.defineProperty(HttpBackgroundError.prototype, "name", {
  value: "HttpBackgroundError",
  writable: true,
  configurable: true,
});

/** The same error, with the stack of another place. */
export function withStack<Thrown extends Error>(error: Thrown, stack: string): Thrown {
  return Object.defineProperty(error, "stack", { value: stack, writable: true, configurable: true });
}
