/** What a command ends with. */
export const EXIT = {
  /** A status came back, whatever it is. */
  status: 0,
  /** The transfer failed: `{ error, code }`. */
  error: 1,
  /** The caller's mistake: wrong arguments, a wrong option, a configuration or a file that cannot be used. */
  mistake: 2,
} as const;

/** One command of the command line; `commands.ts` lists them. */
export interface Command {
  /** What `http-background COMMAND --help` prints. */
  readonly help: string;
  /** Whether it looks itself at arguments that are not UTF-8; without it, they are refused. @default false */
  readonly takesBytes?: boolean;
  /**
   * Runs the command with what stands after its name.
   *
   * @returns the exit code
   * @throws {Mistake} for what the caller got wrong
   */
  run(args: string[]): Promise<number>;
}

/** Something that the caller of a command got wrong. `message` says what, and how it is written. */
export class Mistake extends Error {
  override readonly name = "Mistake";
  /** Whether it helps to see how the command is used. */
  readonly isOfUsage: boolean;

  constructor(
    message: string,
    { isOfUsage = true, ...options }: ErrorOptions & { isOfUsage?: boolean } = {},
  ) {
    super(message, options);
    this.isOfUsage = isOfUsage;
  }
}
