import { type ParseArgsConfig, parseArgs } from "node:util";
import { nearestName } from "../api/nearest-name.ts";
import { Mistake } from "./command.ts";

/** The flags of a command, by their long names. */
export type Flags = NonNullable<ParseArgsConfig["options"]>;
type Parsed<F extends Flags> = ReturnType<
  typeof parseArgs<{ args: string[]; options: F; allowPositionals: true }>
>;

/** A flag as it was given. */
interface Given {
  readonly name: string;
  /** With its dashes. */
  readonly rawName: string;
  readonly value?: string | undefined;
}

/** What to write instead of a flag that is not there or, if it is known, that has no value. The name has no dashes. */
type Advise = (name: string, isKnown: boolean) => string | undefined;

/**
 * Reads the arguments of a command. Node's own checks would say what a user of Node can do about it, and refuse values
 * that begin with a dash.
 *
 * @throws Mistake
 */
export function parseFlags<const F extends Flags>(
  args: string[],
  options: F,
  advise: Advise = () => undefined,
): Parsed<F> {
  const parsed = parseArgs({ args, options, allowPositionals: true, strict: false, tokens: true });
  for (const token of parsed.tokens) if (token.kind === "option") check(token, options, advise);
  return parsed as unknown as Parsed<F>;
}

function check({ name, rawName, value }: Given, options: Flags, advise: Advise): void {
  const type = Object.hasOwn(options, name) ? options[name]?.type : undefined;
  if (type === undefined) throw new Mistake(`there is no option "${rawName}"${hint(name, options, advise)}`);
  const shown = rawName.startsWith("--") ? rawName : `${rawName}, --${name}`;
  if (type === "string" && value === undefined)
    throw new Mistake(`${shown}: it needs a value${told(advise(name, true))}`);
  if (type === "boolean" && value !== undefined) throw new Mistake(`${shown}: it takes no value`);
}

function hint(name: string, options: Flags, advise: Advise): string {
  const advice = advise(name, false);
  if (advice !== undefined) return told(advice);
  const nearest = nearestName(name, Object.keys(options));
  return nearest === undefined ? "" : `; did you mean "--${nearest}"?`;
}

function told(advice: string | undefined): string {
  return advice === undefined ? "" : `; ${advice}`;
}
