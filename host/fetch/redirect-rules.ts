const STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const OF_BODY = [
  "content-encoding",
  "content-language",
  "content-location",
  "content-type",
  "content-length",
];
/** What was meant for one origin. */
const OF_ORIGIN = ["authorization", "proxy-authorization", "cookie", "host"];

export function isRedirect(status: number): boolean {
  return STATUSES.has(status);
}

/** Whether a redirect is followed with GET and without the body (Fetch §4.4, HTTP-redirect fetch). */
export function dropsBody(status: number, method: string): boolean {
  if (status === 303) return method !== "GET" && method !== "HEAD";
  return (status === 301 || status === 302) && method === "POST";
}

/** Takes away the headers that do not go along: those of a body that is dropped, and those of another origin. */
export function dropHeaders(
  headers: { delete(name: string): void },
  { isDropped, isSameOrigin }: { readonly isDropped: boolean; readonly isSameOrigin: boolean },
): void {
  if (isDropped) for (const name of OF_BODY) headers.delete(name);
  if (!isSameOrigin) for (const name of OF_ORIGIN) headers.delete(name);
}
