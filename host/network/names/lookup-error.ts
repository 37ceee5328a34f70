/** The meaning of the DNS codes, in words. */
const MEANINGS: Readonly<Record<string, string>> = {
  ENOTFOUND: "there is no such name",
  ENODATA: "the name has no address",
  EBADNAME: "this name cannot be looked up",
  ETIMEOUT: "no answer came in time",
  ECONNREFUSED: "no server answers there",
  ESERVFAIL: "the server could not find out",
  EREFUSED: "the server refuses to answer",
  EMFILE: "too many files are open",
};

/** Codes that mean: the name has certainly no address. With other codes, the server could not find out. */
const DEFINITE: ReadonlySet<string> = new Set(["ENOTFOUND", "ENODATA"]);

/** Why a name has no address. The text is for the application and its logs. A script must not see it. */
export class LookupError extends Error {
  override readonly name = "LookupError";
  /** The code of Node: ENOTFOUND, ENODATA, ETIMEOUT, ECONNREFUSED, ESERVFAIL … */
  readonly code: string;
  readonly hostname: string;
  /** The DNS servers that were asked, with commas between them; undefined if none was. */
  readonly server: string | undefined;
  /** The function that failed, with Node's name: `queryA`, `getaddrinfo`. */
  readonly syscall: string | undefined;

  constructor(
    code: string,
    hostname: string,
    details: Pick<Partial<LookupError>, "server" | "syscall"> = {},
  ) {
    const { server, syscall } = details;
    const asked = server === undefined ? "" : `, DNS server ${server}`;
    super(`${MEANINGS[code] ?? "the lookup failed"} (${code}${asked})`);
    this.code = code;
    this.hostname = hostname;
    this.server = server;
    this.syscall = syscall;
  }

  /** Whether it is certain that there is no address. */
  get isDefinite(): boolean {
    return DEFINITE.has(this.code);
  }
}

/** Makes a LookupError of the error with which a lookup rejected. */
export function toLookupError(error: unknown, hostname: string, server?: string): LookupError {
  if (error instanceof LookupError) return error;
  const { code, syscall } = Object(error) as { code?: unknown; syscall?: unknown };
  return new LookupError(typeof code === "string" ? code : "EUNKNOWN", hostname, {
    server,
    syscall: typeof syscall === "string" ? syscall : undefined,
  });
}
