const PARTS = [
  "href",
  "origin",
  "protocol",
  "username",
  "password",
  "host",
  "hostname",
  "port",
  "pathname",
  "search",
  "hash",
] as const;
type Part = (typeof PARTS)[number];

/** The parts of a URL as JSON; undefined if it is none. */
export function parseUrl(text: string, base: string | undefined): string | undefined {
  const url = tryParse(text, base);
  return url && describe(url);
}

/** The same after one part was set; undefined if there is no such part, or none that can be set. */
export function setUrl(href: string, part: string, value: string): string | undefined {
  const url = tryParse(href, undefined);
  if (url === undefined || part === "origin" || !PARTS.includes(part as Part)) return undefined;
  try {
    (url as unknown as Record<string, string>)[part] = value;
  } catch {
    // Only `href` may fail.
    return undefined;
  }
  return describe(url);
}

function tryParse(text: string, base: string | undefined): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}

function describe(url: URL): string {
  return JSON.stringify(Object.fromEntries(PARTS.map((part) => [part, url[part]])));
}
