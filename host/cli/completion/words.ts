/** What a value of a flag is. */
export type ValueKind = "file" | "words" | "text";

/** A flag of a command, as shells complete it. */
export interface CompletedFlag {
  /** Without dashes. */
  readonly name: string;
  /** One letter. */
  readonly short: string | undefined;
  /** What its value is; null if it has none. */
  readonly value: ValueKind | null;
  /** If its value is one of these, or begins with one of them. */
  readonly words: readonly string[];
}

/** A command, as shells complete it. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly CompletedFlag[];
  /** If it takes one of these words. */
  readonly words: readonly string[];
}

/** All spellings of a flag. */
export function spellings({ name, short }: CompletedFlag): string[] {
  return short === undefined ? [`--${name}`] : [`-${short}`, `--${name}`];
}

/** A word for a POSIX shell, as it is. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
