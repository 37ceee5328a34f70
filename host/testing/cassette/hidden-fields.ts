import { boundaryOf } from "../request/multipart.ts";
import { decoded } from "../request/percent-decoding.ts";
import { HIDDEN } from "../request/secret-values.ts";

/** Which names have values that are secret, and who learns of those. */
export interface HiddenNames {
  has(name: string): boolean;
  /** Called for each value that is hidden and that is text. */
  found(value: string): void;
}

/** The first field of a form; what follows does not matter. */
const LIKE_A_FORM = /^[\w.%+[\]-]{1,200}=/;
/** How many backslashes stand before the quotes of JSON that is a text of JSON that is a text of JSON, and so on. */
const MOST_BACKSLASHES = 15;
/** How long a name of a member is, and the blanks around a colon. */
const LONGEST_NAME = 200;
const MOST_BLANKS = 20;
const BLANKS = " \t\r\n";
/** The name of a part of a form (RFC 7578). */
const PART_NAME = /;[ \t]{0,20}name="([^"\r\n]{0,200})"/i;

/** Hides members of JSON, fields of forms and parts of forms in a body. */
export function hideFields(text: string, mimeType: string, names: HiddenNames): string {
  const boundary = boundaryOf(mimeType, text);
  if (boundary !== null) return hideParts(text, boundary, names);
  const start = text.trimStart().slice(0, 1);
  const shown = start === "{" || start === "[" ? hideMembers(text, names) : text;
  if (LIKE_A_FORM.test(shown)) return hideParameters(shown, names);
  return hideWrittenMembers(shown, names);
}

/** Hides values of a form, or of a query. */
export function hideParameters(text: string, names: HiddenNames): string {
  return text
    .split("&")
    .map((one) => {
      const at = one.indexOf("=");
      if (at === -1) return one;
      const [name, value] = [one.slice(0, at), one.slice(at + 1)];
      if (!hasField(names, formDecoded(name))) return `${name}=${hideInParameter(value, names)}`;
      names.found(formDecoded(value));
      return `${name}=${HIDDEN}`;
    })
    .join("&");
}

/** Whether a field is secret, also as one of several: `user[password]`. */
function hasField(names: HiddenNames, name: string): boolean {
  return names.has(name) || (name.endsWith("]") && names.has(name.slice(name.lastIndexOf("[") + 1, -1)));
}

/** A parameter may be JSON. */
function hideInParameter(value: string, names: HiddenNames): string {
  if (!/^(?:%7b|%5b|[{[])/i.test(value)) return value;
  const text = formDecoded(value);
  const shown = hideMembers(text, names);
  return shown === text ? value : encodeURIComponent(shown).replaceAll(encodeURIComponent(HIDDEN), HIDDEN);
}

/** The JSON is written anew only if something is hidden in it. */
function hideMembers(text: string, names: HiddenNames): string {
  if (!mayHaveMember(text, names)) return text;
  let count = 0;
  const hide = (key: string, value: unknown): unknown => {
    if (value === HIDDEN || value === null || !names.has(key)) return value;
    for (const text of textsIn(value)) names.found(text);
    count++;
    return HIDDEN;
  };
  try {
    const shown: unknown = JSON.parse(text, hide);
    return count === 0 ? text : JSON.stringify(shown);
  } catch {
    return text;
  }
}

/** The texts in a value of JSON. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** Whether JSON may have a member of one of the names. To read it as JSON takes longer. */
function mayHaveMember(text: string, names: HiddenNames): boolean {
  for (let colon = text.indexOf(":"); colon !== -1; colon = text.indexOf(":", colon + 1)) {
    let end = colon;
    while (end > 0 && BLANKS.includes(text.charAt(end - 1))) end--;
    if (text.charAt(end - 1) !== '"') continue;
    const name = nameBefore(text, end - 1);
    // It may be long, or have escapes.
    if (name === "" || names.has(name)) return true;
  }
  return false;
}

/** For JSON that is a part of the text, such as a line of it, or a text in other JSON. */
function hideWrittenMembers(text: string, names: HiddenNames): string {
  let shown = "";
  let from = 0;
  for (let colon = text.indexOf(":"); colon !== -1; colon = text.indexOf(":", colon + 1)) {
    const member = colon < from ? null : memberAt(text, colon);
    if (member === null || !names.has(member.name)) continue;
    const { start, depth } = member;
    const end = endOfText(text, start, depth);
    if (end === -1) break;
    names.found(unescaped(text.slice(start, end), depth));
    shown += text.slice(from, start) + HIDDEN;
    from = end;
  }
  return shown + text.slice(from);
}

/** The member around a colon: `"name": "value`. In JSON that is a text of JSON, backslashes stand before each quote. */
function memberAt(text: string, colon: number): { name: string; start: number; depth: number } | null {
  let end = colon;
  while (BLANKS.includes(text.charAt(end - 1)) && colon - end < MOST_BLANKS) end--;
  if (text.charAt(end - 1) !== '"') return null;
  let depth = 0;
  while (text.charAt(end - 2 - depth) === "\\") depth++;
  const name = nameBefore(text, end - 1 - depth);
  let start = colon + 1;
  while (BLANKS.includes(text.charAt(start)) && start - colon <= MOST_BLANKS) start++;
  const isMember =
    name !== "" && depth <= MOST_BACKSLASHES && text.startsWith(`${"\\".repeat(depth)}"`, start);
  return isMember ? { name, start: start + depth + 1, depth } : null;
}

/** What stands between a quote and this place; empty if that is no name. */
function nameBefore(text: string, end: number): string {
  for (let at = end - 1; at >= 0 && end - at <= LONGEST_NAME; at--) {
    if (text[at] === '"') return text.slice(at + 1, end);
    if (text[at] === "\\") return "";
  }
  return "";
}

/** Where the backslashes before the quote stand that ends a text; -1 if it has no end. */
function endOfText(text: string, start: number, depth: number): number {
  for (let quote = text.indexOf('"', start); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (quote - backslashes > start && text[quote - backslashes - 1] === "\\") backslashes++;
    // A backslash of the text itself is twice as many, and a quote has one more of its own.
    if (backslashes % (2 * (depth + 1)) === depth) return quote - depth;
  }
  return -1;
}

function unescaped(text: string, depth: number): string {
  let shown = text;
  try {
    for (let left = depth; left >= 0; left = left === 0 ? -1 : (left - 1) / 2)
      shown = JSON.parse(`"${shown}"`);
  } catch {
    return text;
  }
  return shown;
}

function hideParts(text: string, boundary: string, names: HiddenNames): string {
  return text
    .split(`--${boundary}`)
    .map((part) => {
      const head = part.indexOf("\r\n\r\n");
      const name = head === -1 ? undefined : PART_NAME.exec(part.slice(0, head))?.[1];
      if (name === undefined || !hasField(names, name)) return part;
      names.found(part.slice(head + 4, -2));
      return `${part.slice(0, head + 4)}${HIDDEN}\r\n`;
    })
    .join(`--${boundary}`);
}

/** A part of a form: there, a plus is a blank. */
function formDecoded(text: string): string {
  return decoded(text.replaceAll("+", " "));
}
