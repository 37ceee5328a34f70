/** What the codes of the system mean for a file that is to be read. */
const WORDS: ReadonlyMap<unknown, string> = new Map([
  ["ENOENT", "there is no such file"],
  ["ENOTDIR", "there is no such file"],
  ["EISDIR", "it is a directory"],
  ["EACCES", "it may not be read"],
  ["EPERM", "it may not be read"],
]);

/** Why a file cannot be read, in words that a person knows. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return WORDS.get(code) ?? message.trimEnd();
}
