import type { CallOptions } from "../api/calls.ts";
import { HttpBackgroundError } from "../api/errors.ts";
import { valueIn } from "./ignored-values.ts";
import { type Finding, isData, wrong } from "./wrong-value.ts";

/** Such a message says it already. */
const SET_BY_HOST = " is set by the host";

/** The threads of the configuration. */
interface Threads {
  readonly ids: readonly string[];
}

interface MistakenCall {
  /** `[id, url, options, post]` */
  readonly given: readonly unknown[];
  readonly network: Threads;
}

/** What each option must be, if it must not be text. */
const KINDS: Readonly<Partial<Record<keyof CallOptions, string>>> = {
  timeout: "a number",
  connect_timeout: "a number",
  max_file_size: "a number",
  redirects: "a number",
  tls_verify_peer: "true or false",
  tls_verify_host: "true or false",
  tls_client_cert: "an object with x509 and privatekey",
};

/** For each message about an argument: what the argument must be. */
const ARGUMENT_KINDS: Readonly<Record<string, string>> = {
  "Bad ID parameter": "text",
  "Bad URL parameter": "text",
  "Bad options parameter": "an object or a Map",
  "Bad type of POST parameter": "text, bytes, a File, or an object of parts",
};
const PART_KIND = "an object with data";
const DATA_KIND = "text, bytes or a File that is open";

/** How many characters of an id are shown. */
const LONGEST_SHOWN = 100;
const CLIENT_CERT = "tls_client_cert" satisfies keyof CallOptions;
/** Names in older documentation of the original. */
const OLDER_NAMES: Readonly<Record<string, string>> = { [CLIENT_CERT]: "tls_verify_cert" };
const PKI_ADVICE = "there is no pki of Halon here; read the files, and give their content";
/** For each message about `tls_client_cert`: the member that is wrong, and what it must be. */
const CREDENTIALS: Readonly<Record<string, readonly [name: string, kind: string]>> = {
  "Bad x509 value": ["x509", "an X509Certificate, or text or bytes of PEM"],
  "Bad privatekey value": ["privatekey", "a private KeyObject, or text or bytes of PEM"],
  "Bad chain value": ["chain", "an array of certificates"],
  "Bad x509 value in chain": ["chain", "an array of X509Certificates, or of text or bytes of PEM"],
};

/** In `headers`, only a length can be wrong. */
const LENGTH_ADVICE =
  'a Content-Length is digits alone, such as "Content-Length: 5015"; without one, a File is sent in chunks';

/** What the caller may want, if the post is an object of a wrong form. */
const PARTS_ADVICE =
  "a part is { data }; for JSON give JSON.stringify(…), for a web form new URLSearchParams(…)";

/**
 * Adds two members to a mistake and keeps the original's message: `option` is the name of the wrong value, and `cause`
 * says in a sentence what is wrong with it. The sentence does not show the value, because it may be a secret.
 */
export function explainMistake(mistake: HttpBackgroundError, call: MistakenCall): HttpBackgroundError {
  if (mistake.message.endsWith(SET_BY_HOST)) return mistake;
  const finding = tryToFind(mistake, call);
  if (finding === undefined) return mistake;
  const { option, sentence } = finding;
  return new HttpBackgroundError(mistake.code, mistake.message, { option, cause: new TypeError(sentence) });
}

/**
 * The same for a call of a script, of which only the id is known. `option` comes from the guest.
 *
 * @param id what the script gave as the id, if that is text
 */
export function explainScriptMistake(
  mistake: HttpBackgroundError,
  id: string,
  network: Threads,
): HttpBackgroundError {
  const { code, message, option } = mistake;
  const sentence = code === "UNKNOWN_THREAD" ? unknownThread(id, network.ids) : demandOf(mistake);
  if (sentence === undefined) return mistake;
  return new HttpBackgroundError(code, message, { option, cause: new TypeError(sentence) });
}

/** What a value must be; undefined if that is not known. */
function demandOf({ code, message, option = "" }: HttpBackgroundError): string | undefined {
  if (code === "BAD_OPTION" && option === "headers") return LENGTH_ADVICE;
  const [member, kind] = CREDENTIALS[message] ?? [];
  if (member !== undefined) return `${option}.${member} must be ${kind}`;
  const isNumber = (KINDS as Readonly<Record<string, string>>)[option] === "a number";
  if (code === "BAD_OPTION") return `${option} must be ${isNumber ? "a finite number" : kindOf(option)}`;
  if (message === "Bad data type")
    return `${option} must be ${option.endsWith(".data") ? DATA_KIND : PART_KIND}`;
  return ARGUMENT_KINDS[message] && `${option} must be ${ARGUMENT_KINDS[message]}`;
}

function kindOf(option: string): string {
  return (KINDS as Readonly<Record<string, string>>)[option] ?? "text";
}

/** Gives undefined if the caller's objects throw when they are read. */
function tryToFind(mistake: HttpBackgroundError, call: MistakenCall): Finding | undefined {
  try {
    return find(mistake, call);
  } catch {
    return undefined;
  }
}

function find({ code, message, option }: HttpBackgroundError, call: MistakenCall): Finding | undefined {
  const [id, url, options, post] = call.given;
  if (code === "UNKNOWN_THREAD") return { option: "id", sentence: unknownThread(id, call.network.ids) };
  if (code === "BAD_OPTION" && option !== undefined) {
    const value = valueIn(options, option) ?? valueIn(options, OLDER_NAMES[option] ?? option);
    return wrongCertificate(message, value) ?? wrongOption(option, value);
  }
  if (message === "Bad data type") return wrongPart(post);
  const kind = ARGUMENT_KINDS[message];
  const value = { id, url, options, post }[option ?? ""];
  return kind === undefined || option === undefined ? undefined : wrong(option, value, kind);
}

function wrongOption(option: string, value: unknown): Finding {
  if (option === "headers") return { option, sentence: LENGTH_ADVICE };
  const kind = kindOf(option);
  const isEndless = typeof value === "number" && !Number.isFinite(value);
  const advice = option === CLIENT_CERT && isOfPki(value) ? PKI_ADVICE : undefined;
  return wrong(option, value, isEndless ? "a finite number" : kind, advice);
}

/** Finds what is wrong in `tls_client_cert`, from the message of the guest. */
function wrongCertificate(message: string, certificate: unknown): Finding | undefined {
  const inside = CREDENTIALS[message];
  if (inside === undefined) return undefined;
  const [name, kind] = inside;
  const value = valueIn(certificate, name);
  const advice = isOfPki(value) ? PKI_ADVICE : undefined;
  const { sentence } = wrong(`${CLIENT_CERT}.${name}`, value, kind, advice);
  return { option: CLIENT_CERT, sentence };
}

/** Whether a value names a certificate in the configuration of Halon. */
function isOfPki(value: unknown): boolean {
  return typeof value === "string" && value.startsWith("pki:");
}

/** The sentence for an id that no thread has. */
export function unknownThread(id: unknown, ids: readonly string[]): string {
  const text = typeof id === "string" ? id : Buffer.from(id as Uint8Array).toString();
  const known = ids.map((name) => JSON.stringify(name)).join(", ");
  return `there is no thread ${JSON.stringify(text.slice(0, LONGEST_SHOWN))}; the configuration has ${known || "none"}`;
}

/** The first part that is not valid, in the order in which the guest looks at them. */
function wrongPart(post: unknown): Finding {
  for (const [name, part] of partsOf(post)) {
    const option = `post.${name}`;
    if (typeof part !== "object" || part === null || isData(part) || Array.isArray(part))
      return wrong(option, part, PART_KIND, PARTS_ADVICE);
    const data = valueIn(part, "data");
    if (!isData(data)) return wrong(`${option}.data`, data, DATA_KIND);
  }
  return { option: "post", sentence: "a part of post has no data" };
}

/** The members of a post, one by one, because the first ones may tell enough. An array may have any number of them. */
function* partsOf(post: unknown): Generator<readonly [name: string, part: unknown]> {
  if (post instanceof Map)
    for (const [name, part] of Map.prototype.entries.call(post)) yield [String(name), part];
  else if (Array.isArray(post))
    for (let i = 0; i < post.length; i++) yield [String(i), valueIn(post, String(i))];
  else for (const name of Object.keys(Object(post))) yield [name, valueIn(post, name)];
}
