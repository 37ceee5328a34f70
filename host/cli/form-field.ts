import { Mistake } from "./command.ts";

/** One `-F`, by curl's grammar. */
export interface FormField {
  name: string;
  /** The value of the field: the text itself, a file that is sent as a file, or the content of a file sent as text. */
  from: "text" | "file" | "content";
  /** The text, or the path; `-` is standard input. */
  value: string;
  type?: string;
  filename?: string;
  encoder?: string;
}

const SIGILS: Record<string, FormField["from"]> = { "@": "file", "<": "content" };

/** A value in double quotes. It may contain `\"`, `\\` and `;`. */
const QUOTED = /\s*"((?:[^"\\]|\\.)*)"\s*(?=;|$)/sy;
const UNQUOTED = /[^;]*/y;
const ATTRIBUTE = /;\s*(type|filename|encoder)=/y;
const PARAMETER = /;[^;]*/y;

/**
 * Parses `name=value`, `name=@file` and `name=<file`, each with `;type=…`, `;filename=…` and `;encoder=…`.
 *
 * @throws {Mistake} for everything that it does not understand. Nothing is ignored
 */
export function parseFormField(field: string): FormField {
  const equals = field.indexOf("=");
  if (equals === -1) throw new Mistake(`-F ${field}: a field is written name=value or name=@file`);
  const from = SIGILS[field.charAt(equals + 1)] ?? "text";

  const scanner = new Scanner(field, from === "text" ? equals + 1 : equals + 2);
  const result: FormField = { name: field.slice(0, equals), from, value: scanner.word() };
  while (!scanner.atEnd()) {
    const attribute = scanner.match(ATTRIBUTE)?.[1] as "type" | "filename" | "encoder" | undefined;
    if (attribute === undefined) {
      throw new Mistake(
        `-F ${field}: "${scanner.rest()}" is none of type=, filename=, encoder=; a value with ";" goes in double quotes`,
      );
    }
    result[attribute] = attribute === "type" ? scanner.mediaType() : scanner.word();
  }
  return result;
}

class Scanner {
  readonly #text: string;
  #at: number;

  constructor(text: string, at: number) {
    this.#text = text;
    this.#at = at;
  }

  atEnd(): boolean {
    return this.#at === this.#text.length;
  }

  rest(): string {
    return this.#text.slice(this.#at);
  }

  match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at = pattern.lastIndex;
    return found;
  }

  /** Reads a word like curl: blanks around a word without quotes do not count. */
  word(): string {
    const quoted = this.match(QUOTED)?.[1];
    if (quoted !== undefined) return quoted.replace(/\\([\\"])/g, "$1");
    return this.match(UNQUOTED)?.[0].trim() ?? "";
  }

  /** Reads a media type. What follows it and is not an attribute belongs to it: `text/plain; charset=utf-8`. */
  mediaType(): string {
    let type = this.word();
    while (!this.#sees(ATTRIBUTE)) {
      const parameter = this.match(PARAMETER);
      if (parameter === null) break;
      type += parameter[0];
    }
    return type.trimEnd();
  }

  #sees(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#text);
  }
}
