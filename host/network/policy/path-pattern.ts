import { type Refuse, refusing } from "../../api/refusal.ts";
import { readPath } from "./request-path.ts";

const WILDCARD = "*";
const SHAPE =
  'a path is "/v1/users", or "/v1/*" for all that is below /v1, or "/v1/*/files" for any one name';

/** Which paths a rule allows: `/v1/users`, `/v1/*`. */
export class PathPattern {
  /** The names of its segments; null stands for any name. Without a final wildcard. */
  readonly #segments: readonly (string | null)[];
  /** Whether it ends with a wildcard, which stands for any number of names. */
  readonly #isOpen: boolean;

  /** @throws HttpBackgroundError BAD_CONFIG */
  constructor(text: unknown, option: string) {
    const refuse: Refuse = refusing(text, option);
    const written =
      typeof text === "string" ? readPattern(text, refuse) : refuse(`is not a string: ${SHAPE}`);
    this.#isOpen = written.at(-1) === null;
    this.#segments = this.#isOpen ? written.slice(0, -1) : written;
  }

  /** @param path From `readPath` */
  fits(path: readonly string[]): boolean {
    const { length } = this.#segments;
    if (this.#isOpen ? path.length <= length : path.length !== length) return false;
    return this.#segments.every((segment, index) =>
      segment === null ? path[index] !== "" : segment === path[index],
    );
  }
}

/** The names of the segments. A wildcard is null. */
function readPattern(text: string, refuse: Refuse): (string | null)[] {
  if (!text.startsWith("/")) return refuse(`does not begin with a slash: ${SHAPE}`);
  if (/[?#]/.test(text)) return refuse("has a query or a fragment: a rule looks at the path alone");
  const segments = text.slice(1).split("/");
  if (segments.some((segment) => segment !== WILDCARD && segment.includes(WILDCARD))) {
    return refuse(`has a "*" that is not a whole segment: ${SHAPE}; write "%2A" for the character`);
  }
  const path = readPath(Buffer.from(text, "utf8").toString("latin1"));
  if (path === null)
    return refuse("can never be the path of a request: servers may read it in different ways");
  return path.map((name, index) => (segments[index] === WILDCARD ? null : name));
}
