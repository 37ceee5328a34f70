import { decoded } from "../request/percent-decoding.ts";
import { HIDDEN } from "../request/secret-values.ts";
import type { HiddenNames } from "./hidden-fields.ts";

/** The query of a URL in a text, also as JSON and HTML write it. */
const QUERY = /\?(?:[^\s"'<>\\]|\\u0026|\\\/)+/gi;
/** What stands between its parameters. */
const BETWEEN = /(&amp;|&|\\u0026|#)/i;

/** Hides parameters of URLs that are in a text, such as links to more in a response. */
export function hideInUrls(text: string, names: HiddenNames): string {
  return text.replace(QUERY, (query) => {
    const parameters = query.slice(1).split(BETWEEN);
    return `?${parameters.map((one) => hideParameter(one, names)).join("")}`;
  });
}

function hideParameter(written: string, names: HiddenNames): string {
  const at = written.indexOf("=");
  const [name, value] = [written.slice(0, Math.max(0, at)), written.slice(at + 1)];
  if (name === "" || value === "" || value === HIDDEN || !names.has(decoded(name))) return written;
  names.found(decoded(value.replaceAll("\\/", "/")));
  return `${name}=${HIDDEN}`;
}
