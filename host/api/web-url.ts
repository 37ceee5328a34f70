/**
 * Characters of a host, as it is written. No name of the DNS has as many, however it is escaped. The time that V8 needs
 * for an international name grows with the square of its length, and nothing can interrupt it.
 */
const LONGEST_HOST = 2048;

/** Where a host can be: behind a scheme that has one, or behind two slashes. A backslash is a slash. */
const AUTHORITY = /^[\0- ]*(?:(?:https?|wss?|ftp):[\\/]*|(?:file:)?[\\/]{2})([^\\/?#]*)/i;
const IGNORED = /[\t\n\r]+/g;

/** A URL of the web platform that others have written; undefined if it is none, or if its host is too long to be one. */
export function parseWebUrl(text: string, base?: string | URL): URL | undefined {
  if (hasLongHost(text) || (typeof base === "string" && hasLongHost(base))) return undefined;
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}

/** Whether it is longer than a host can be. */
export function isLongHost(host: string): boolean {
  return host.replace(IGNORED, "").length > LONGEST_HOST;
}

function hasLongHost(text: string): boolean {
  if (text.length <= LONGEST_HOST) return false;
  const [, authority = ""] = AUTHORITY.exec(text.replace(IGNORED, "")) ?? [];
  return isLongHost(authority.slice(authority.lastIndexOf("@") + 1));
}
