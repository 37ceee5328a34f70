/** The exit codes of commands. */
export const EXIT = {
  /** The server answered, with any status. */
  status: 0,
  /** The transfer failed: `{ error, code }`. */
  error: 1,
  /** The caller's mistake: wrong arguments, a wrong option, a configuration or a file that cannot be used. */
  mistake: 2,
  /** With `--fail`: the server answered with a status from 400 on. It is the code of curl. */
  refused: 22,
  /** This program has a mistake. It is EX_SOFTWARE of sysexits.h. */
  broken: 70,
} as const;

/** One command of the command line; `commands.ts` lists them. */
export interface Command {
  /** Its flags, by their long names. */
  readonly flags: Readonly<Record<string, { readonly type: "string" | "boolean"; readonly short?: string }>>;
  /** What `http-background COMMAND --help` prints. */
  readonly help: string;
  /** The words that it takes, for completion. @default anything */
  readonly words?: readonly string[];
  /** Whether it handles arguments that are not UTF-8 itself. Otherwise they are refused. @default false */
  readonly takesBytes?: boolean;
  /**
   * Runs the command with the arguments after its name.
   *
   * @param commands all that there are
   * @returns the exit code
   * @throws {Mistake} for a mistake of the user
   */
  run(args: string[], commands: Commands): Promise<number>;
}

/** The commands by their names, in the order of the list in `--help`. */
export type Commands = ReadonlyMap<string, CommandEntry>;

/** A command that is not loaded yet. */
export interface CommandEntry {
  /** One line for the list of commands. */
  readonly summary: string;
  /** Loads the command when it is named, so that `--help` need not wait for the network's code. */
  load(): Promise<Command>;
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
