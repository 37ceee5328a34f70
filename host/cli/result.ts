import { isUtf8 } from "node:buffer";
import type { Result } from "../index.ts";
import { Mistake } from "./command.ts";

/** Control characters for terminals that JSON does not escape. */
const UNESCAPED = /[\u007f-\u009f]/g;

/** A result as one line of JSON. Content that is not UTF-8 becomes `{ base64 }`. @throws Mistake if it is too long */
export function formatResult(result: Result): string {
  if (result.error !== undefined) return formatJson({ error: result.error, code: result.code });
  const { status, content } = result;
  try {
    return formatJson({
      status,
      content: isUtf8(content) ? content.toString("utf8") : { base64: content.toString("base64") },
    });
  } catch (cause) {
    // The longest string of JavaScript has some 500 million characters.
    const message = `the content has ${content.length} bytes, too many for JSON: print it with --raw`;
    throw new Mistake(message, { cause, isOfUsage: false });
  }
}

/** JSON without control characters for terminals. */
export function formatJson(value: unknown): string {
  return JSON.stringify(value).replace(UNESCAPED, (command) => `\\u00${command.charCodeAt(0).toString(16)}`);
}
