import { channel } from "node:diagnostics_channel";
import { CALL_SETTING_NAMES } from "../api/call-setting-names.ts";
import type { OptionIgnored } from "../api/events.ts";
import { nearestName } from "../api/nearest-name.ts";
import type { OptionName } from "../api/option-names.ts";
import { adviceForForeign } from "./foreign-options.ts";
import {
  entriesOf,
  isBytes,
  isFileLike,
  isFiniteNumber,
  isHeader,
  isListLike,
  isPair,
  textOf,
  wholeOf,
} from "./ignored-values.ts";
import { warnOnce } from "./ignored-warnings.ts";
import { hasOddPart, isWorthWarning, kindOfPart, PART_KEYS } from "./worth-warning.ts";

const ignored = channel("http-background:option:ignored");

/** The maximum of CURLOPT_TIMEOUT, in seconds. */
const MOST_SECONDS = 2_147_483;
/** Of one call. Whoever made a call with more mistakes has found out. */
const MOST_TOLD = 100;
const NOT_A_LINE = "it is not a line such as 'Name: value', 'Name:' or 'Name;'";
const ENCODERS: ReadonlySet<string> = new Set(["binary", "8bit", "7bit", "base64", "quoted-printable"]);

type Judge = (value: unknown, call: IgnoredOptions) => void;

/** Every option, and the function that looks at its value. */
const JUDGES: Readonly<Record<OptionName, Judge | null>> = {
  headers: (value, call) => call.judgeHeaders(value),
  method: null,
  timeout: (value, call) => call.judgeSeconds("timeout", value, "no limit"),
  connect_timeout: (value, call) => call.judgeSeconds("connect_timeout", value, "300"),
  max_file_size: (value, call) => call.judgeNumber("max_file_size", value, "no limit"),
  redirects: (value, call) => call.judgeRedirects(value),
  encoder: (value, call) => call.judgeEncoder(value),
  proxy: null,
  sourceip: null,
  username: null,
  password: null,
  aws_sigv4: null,
  tls_verify_peer: null,
  tls_verify_host: null,
  tls_client_cert: null,
  tls_verify_cert: null,
  http_version: null,
};

/**
 * Tells the subscribers which values of a call have no effect, and warns of what is mostly a mistake. It calls no
 * getter of the caller.
 */
export function reportIgnored([id, , options, post]: readonly unknown[]): void {
  try {
    if (!ignored.hasSubscribers && !isWorthWarning(options) && !hasOddPart(post)) return;
    new IgnoredOptions(String(id), post).judge(options);
  } catch {
    // For example a JavaScript Proxy that throws. The call itself will report it.
  }
}

class IgnoredOptions {
  readonly #thread: string;
  readonly #post: unknown;
  /** How many more are told. */
  #left = MOST_TOLD;

  constructor(thread: string, post: unknown) {
    this.#thread = thread;
    this.#post = post;
  }

  judge(options: unknown): void {
    for (const [name, value] of entriesOf(options)) {
      if (this.#left === 0) return;
      if (value === undefined) continue;
      if (!Object.hasOwn(JUDGES, name)) this.#warn(name, name, noSuchOption(name));
      else JUDGES[name as keyof typeof JUDGES]?.(value, this);
    }
    this.#judgeParts();
  }

  judgeHeaders(value: unknown): void {
    if (typeof value !== "object" || value === null || isBytes(value)) {
      this.#warn("headers", "headers", "it is not an array: it takes lines such as 'Name: value'");
      return;
    }
    if (!isListLike(value)) {
      this.#warn("headers", "headers", "it is no array, object or Map: it takes lines such as 'Name: value'");
      return;
    }
    for (const [name, entry] of entriesOf(value)) {
      if (this.#left === 0) return;
      const isListed = Array.isArray(value);
      const option = isListed ? `headers[${name}]` : `headers.${name}`;
      if (isPair(entry)) this.#warn("headers", option, `${NOT_A_LINE}, but a list`);
      else if (typeof entry !== "string" && !isBytes(entry)) this.#tell(option, "it is not a string");
      else if (isHeader(textOf(entry))) continue;
      else if (isListed) this.#tell(option, NOT_A_LINE);
      else this.#warn("headers", option, `${NOT_A_LINE}; the keys are not sent`);
    }
  }

  judgeSeconds(option: string, value: unknown, otherwise: string): void {
    if (isFiniteNumber(value) && wholeOf(value) > MOST_SECONDS)
      this.#tell(option, `${value} is more than ${MOST_SECONDS}, and counts as ${otherwise}`);
    else this.judgeNumber(option, value, otherwise);
  }

  judgeNumber(option: string, value: unknown, otherwise: string): void {
    if (!isFiniteNumber(value)) return;
    const whole = wholeOf(value);
    if (whole < 0) this.#tell(option, `${value} counts as ${otherwise}`);
    else if (whole === 0 && value !== 0)
      this.#warn(option, option, `${value} is cut off to 0, which is ${otherwise}`);
    else if (whole !== value) this.#tell(option, `${value} is cut off to ${whole}`);
  }

  judgeRedirects(value: unknown): void {
    if (!isFiniteNumber(value) || value === -1) return;
    if (wholeOf(value) < -1) this.#tell("redirects", `${value} counts as 30`);
    else this.judgeNumber("redirects", value, "0");
  }

  judgeEncoder(value: unknown): void {
    if (typeof value !== "string" && !isBytes(value)) return;
    if (textOf(value) !== "base64") this.#tell("encoder", "it is not base64");
    else if (!isFileLike(this.#post))
      this.#tell("encoder", "the post is not a File: parts have encoders of their own");
  }

  #judgeParts(): void {
    const post = this.#post;
    if (typeof post !== "object" || post === null || isBytes(post) || isFileLike(post)) return;
    for (const [name, part] of entriesOf(post)) {
      if (typeof part === "object" && part !== null) this.#judgePart(`post.${name}`, part);
    }
  }

  #judgePart(path: string, part: object): void {
    for (const [key, value] of entriesOf(part)) {
      const option = `${path}.${key}`;
      if (value === undefined) continue;
      if (!PART_KEYS.has(key))
        this.#warn(kindOfPart(key), option, "a part has data, type, filename and encoder");
      else if (key !== "data" && typeof value !== "string" && !isBytes(value))
        this.#tell(option, "it is not a string");
      else if (key === "encoder" && !ENCODERS.has(textOf(value).toLowerCase()))
        this.#tell(option, "there is no such encoder");
    }
  }

  #warn(kind: string, option: string, reason: string): void {
    this.#tell(option, reason);
    warnOnce(kind, option, reason);
  }

  #tell(option: string, reason: string): void {
    if (this.#left === 0) return;
    this.#left--;
    const message: OptionIgnored = { thread: this.#thread, option, reason };
    ignored.publish(message);
  }
}

function noSuchOption(name: string): string {
  if (CALL_SETTING_NAMES.includes(name))
    return `there is no such option: ${name} belongs into the last argument`;
  const foreign = adviceForForeign(name);
  if (foreign !== undefined) return `there is no such option, other than in HSL's http(): ${foreign}`;
  const nearest = nearestName(name, Object.keys(JUDGES));
  return `there is no such option${nearest === undefined ? "" : `; did you mean ${nearest}?`}`;
}
