import { existsSync, readFileSync, statSync } from "node:fs";
import { join, normalize } from "node:path";
import { type Answer, bytesOf } from "./exchange.ts";

/** The port of a server of the suite. */
type PortOf = (scheme: "http" | "https", index: number) => number;

const HOST = "localhost";
const TYPES: Readonly<Record<string, string>> = {
  css: "text/css",
  html: "text/html",
  js: "text/javascript",
  json: "application/json",
  txt: "text/plain",
  xml: "text/xml",
};

/** The files of the suite: with headers of their own, texts that are filled in, and what a pipe changes. */
export class Files {
  readonly #folder: string;
  readonly #portOf: PortOf;

  constructor(folder: string, portOf: PortOf) {
    this.#folder = folder;
    this.#portOf = portOf;
  }

  /** The text of a file, filled in if its name says so; null if there is none. */
  read(path: string): string | null {
    const name = join(this.#folder, normalize(`/${bytesOf(path)}`));
    if (!existsSync(name) || !statSync(name).isFile()) return null;
    const text = readFileSync(name, "latin1");
    return path.includes(".sub.") ? this.#fill(text) : text;
  }

  /** The answer to a GET of a file; 404 if there is none. */
  answer(path: string, pipe: string): Answer {
    const body = this.read(path);
    if (body === null) return { status: 404, text: "Not Found" };
    if (path.endsWith(".asis")) return { isRaw: true, body };
    const type = TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream";
    const headers = [...linesIn(this.read(`${path}.headers`) ?? "")];
    if (!headers.some(([name]) => name === "content-type")) headers.push(["content-type", type]);
    return applyPipe({ headers, body }, pipe);
  }

  #fill(text: string): string {
    return text.replaceAll(/\{\{([^}]*)\}\}/g, (_, name: string) => this.#valueOf(name));
  }

  #valueOf(name: string): string {
    const [, scheme, index] = /^ports\[(\w+)\]\[(\d)\]$/.exec(name) ?? [];
    if (scheme === "http" || scheme === "https") return String(this.#portOf(scheme, Number(index)));
    return HOST;
  }
}

function* linesIn(text: string): Generator<[name: string, value: string]> {
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon !== -1) yield [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  }
}

/** `header(NAME,VALUE)` and `status(CODE)`, joined by `|`. */
function applyPipe(answer: Answer, pipe: string): Answer {
  let piped = answer;
  for (const [, what, value = ""] of pipe.matchAll(/(\w+)\(([^)]*)\)/g)) {
    const [name = "", ...rest] = value.split(",");
    if (what === "header") {
      const headers = (piped.headers ?? []).filter(([given]) => given !== name.toLowerCase());
      piped = { ...piped, headers: [...headers, [name.toLowerCase(), rest.join(",")]] };
    } else if (what === "status") piped = { ...piped, status: Number(value) };
  }
  return piped;
}
