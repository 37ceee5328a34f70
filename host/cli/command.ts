/** The exit codes of commands. */
export const EXIT = {
  /** The server answered, with any status. */
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
  /** Whether it handles arguments that are not UTF-8 itself. Otherwise they are refused. @default false */
  readonly takesBytes?: boolean;
  /**
   * Runs the command with the arguments after its name.
   *
   * @returns the exit code
   * @throws {Mistake} for a mistake of the user
   */
  run(args: string[]): Promise<number>;
}

/** A mistake of the user of a command. `message` says what is wrong, and how to write it. */
export class Mistake extends Error {
  override readonly name = "Mistake";
  /** Whether the usage of the command helps, and so is printed too. */
  readonly isOfUsage: boolean;

  constructor(
    message: string,
    { isOfUsage = true, ...options }: ErrorOptions & { isOfUsage?: boolean } = {},
  ) {
    super(message, options);
    this.isOfUsage = isOfUsage;
  }
}
