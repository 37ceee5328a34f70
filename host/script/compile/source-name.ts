/** Why a source is not read. The message has the name of the source, but nothing of its content. */
export class SourceRefusal extends Error {
  override readonly name = "SourceRefusal";

  constructor(source: string, why: string) {
    super(`${quote(source)} ${why}`);
  }
}

/** In characters. No file system has longer names. */
export const LONGEST_NAME = 1024;
/** These would end a line or a string in the compiler's output, or separate folders on another system. */
const UNUSABLE = /["\\]|[\p{Cc}\p{Surrogate}\u2028\u2029]/u;
const ESCAPED = /[\p{Cc}\p{Surrogate}\u2028\u2029]/gu;

/**
 * Checks the name of a source. It must be a path with `/`, relative to a folder, that does not lead out of the folder.
 * The compiler writes names to texts, maps and modules without escaping them, so some characters are not allowed.
 *
 * @throws SourceRefusal
 */
export function checkSourceName(name: string): void {
  if (name.length > LONGEST_NAME) throw new SourceRefusal(name, "is too long for the name of a source");
  if (UNUSABLE.test(name)) {
    throw new SourceRefusal(
      name,
      "cannot be compiled: its name has a quote, a backslash or a control character",
    );
  }
  const steps = name.split("/");
  if (steps.includes("..") || steps[0] === "") {
    throw new SourceRefusal(name, "is outside of the script's folder");
  }
}

/** A name in a form that can be shown anywhere. */
function quote(name: string): string {
  const shown = name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name;
  return JSON.stringify(shown).replace(ESCAPED, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
}
