import { type ParseArgsConfig, parseArgs } from "node:util";
import { nearestName } from "../api/nearest-name.ts";
import { Mistake } from "./command.ts";

type Flags = NonNullable<ParseArgsConfig["options"]>;
type Parsed<F extends Flags> = ReturnType<
  typeof parseArgs<{ args: string[]; options: F; allowPositionals: true }>
>;

/** What Node says about `--name` that it does not know. Its advice about arguments that begin with `-` is left out. */
const UNKNOWN = /^Unknown option '([^']*)'/;

/** Reads the arguments of a command. @throws Mistake */
export function parseFlags<const F extends Flags>(args: string[], options: F): Parsed<F> {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    const { message } = error as Error;
    throw new Mistake(describeUnknown(message, Object.keys(options)) ?? message, { cause: error });
  }
}

function describeUnknown(message: string, names: readonly string[]): string | undefined {
  const [, flag] = UNKNOWN.exec(message) ?? [];
  if (flag === undefined) return undefined;
  const nearest = nearestName(flag.replace(/^--?/, ""), names);
  return `there is no option "${flag}"${nearest === undefined ? "" : `; did you mean "--${nearest}"?`}`;
}
