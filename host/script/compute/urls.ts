import { isLongHost, parseWebUrl } from "../../api/web-url.ts";

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
/** Those with which a host is set. */
const OF_HOST: readonly string[] = ["host", "hostname"] satisfies Part[];
type Part = (typeof PARTS)[number];

/** The parts of a URL as JSON; undefined if it is none. */
export function parseUrl(text: string, base: string | undefined): string | undefined {
  const url = parseWebUrl(text, base);
  return url && describe(url);
}

/** The same after one part was set; undefined if there is no such part, or none that can be set. */
export function setUrl(href: string, part: string, value: string): string | undefined {
  const url = parseWebUrl(href);
  if (url === undefined || part === "origin" || !PARTS.includes(part as Part)) return undefined;
  if (part === "href") return parseUrl(value, undefined);
  // As every other host that is none, it changes nothing.
  const [host = ""] = value.split(/[\\/?#]/, 1);
  const isIgnored = OF_HOST.includes(part) && isLongHost(host);
  if (!isIgnored) (url as unknown as Record<string, string>)[part] = value;
  return describe(url);
}

function describe(url: URL): string {
  return JSON.stringify(Object.fromEntries(PARTS.map((part) => [part, url[part]])));
}
