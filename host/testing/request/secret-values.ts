/** What stands in the place of a secret. */
export const HIDDEN = "[secret]";

/** A secret that is shorter is hidden only where it is named: as text it could be anything. */
const SHORTEST = 6;

/** Texts that must not be seen, in any spelling that bodies and URLs have for them. */
export class SecretValues {
  /** All spellings, the longest first. */
  #spellings: string[] = [];
  readonly #known = new Set<string>();

  /** @param given They are hidden even if they are short. */
  constructor(given: readonly string[] = []) {
    for (const value of given) if (value !== "") this.#add(value);
  }

  get isEmpty(): boolean {
    return this.#spellings.length === 0;
  }

  /** Remembers the secrets in the value of a header, such as a token behind its scheme. */
  addHeader(name: string, value: string): void {
    const key = name.toLowerCase();
    if (key === "cookie" || key === "set-cookie") this.#addCookies(value);
    else for (const secret of [value, ...credentialsIn(value)]) this.add(secret);
  }

  add(value: string): void {
    if (value.length >= SHORTEST && value !== HIDDEN) this.#add(value);
  }

  /** @param encoding "latin1" if each character of the text is a byte */
  hideIn(text: string, encoding: "utf8" | "latin1" = "utf8"): string {
    const spellings = this.#spellings.map((one) =>
      encoding === "latin1" ? Buffer.from(one).toString("latin1") : one,
    );
    if (!spellings.some((one) => text.includes(one))) return text;
    // What is hidden already stays as it is, even if "secret" is a secret.
    return text
      .split(HIDDEN)
      .map((piece) => spellings.reduce((shown, one) => replaceIn(shown, one), piece))
      .join(HIDDEN);
  }

  /** Whether a text has one of them. */
  areIn(text: string): boolean {
    const shown = text.replaceAll(HIDDEN, "");
    return this.#spellings.some((spelling) => shown.includes(spelling));
  }

  #addCookies(value: string): void {
    for (const pair of value.split(";")) {
      const at = pair.indexOf("=");
      const name = pair.slice(0, at).trim().toLowerCase();
      if (at !== -1 && !ATTRIBUTES.has(name)) this.add(pair.slice(at + 1).trim());
    }
  }

  #add(value: string): void {
    if (this.#known.has(value)) return;
    this.#known.add(value);
    const spellings = [
      value,
      JSON.stringify(value).slice(1, -1),
      inUrl(value),
      inUrl(value).replaceAll("%20", "+"),
      Buffer.from(value).toString("base64"),
    ];
    this.#spellings = [...new Set([...this.#spellings, ...spellings])].sort((a, b) => b.length - a.length);
  }
}

function replaceIn(text: string, secret: string): string {
  return text
    .split(HIDDEN)
    .map((piece) => piece.replaceAll(secret, HIDDEN))
    .join(HIDDEN);
}

function inUrl(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    // It has half of a character, so it cannot be in a URL.
    return text;
  }
}

/** Attributes of a cookie, which are no secrets. */
const ATTRIBUTES: ReadonlySet<string> = new Set(["path", "domain", "expires", "max-age", "samesite"]);

/** What stands behind the scheme of credentials, and the password of Basic. */
function credentialsIn(value: string): string[] {
  const [, scheme = "", rest = ""] = /^([A-Za-z][\w-]{0,60}) +(\S.*)$/s.exec(value) ?? [];
  if (scheme.toLowerCase() !== "basic") return rest === "" ? [] : [rest];
  const login = Buffer.from(rest, "base64").toString();
  return [rest, login.slice(login.indexOf(":") + 1)];
}
