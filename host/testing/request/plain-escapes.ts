/** What need not be escaped (RFC 3986 §2.3). A dot does not count, because `%2e%2e` is another segment than `..`. */
const NEEDLESS = /^[\w~-]$/;

/** A URL in which every escape is written alike: browsers write `%C3%A9`, and curl writes `%c3%a9`. */
export function plainEscapes(url: string): string {
  if (!url.includes("%")) return url;
  return url.replace(/%([0-9a-f]{2})/gi, (written, digits: string) => {
    const character = String.fromCharCode(Number.parseInt(digits, 16));
    return NEEDLESS.test(character) ? character : written.toUpperCase();
  });
}

/** The parameters of a URL: of any, also of one that the web platform does not take. */
export function parametersOf(url: string): URLSearchParams {
  const mark = url.indexOf("?");
  return new URLSearchParams(mark === -1 ? "" : url.slice(mark + 1));
}
