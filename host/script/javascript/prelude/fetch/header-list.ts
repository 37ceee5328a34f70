/** A token of RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/;
const BAD_VALUE = /[\0\r\n]/;

export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** Without the blanks around it. */
export function normalizeValue(value: string): string {
  let from = 0;
  let to = value.length;
  while (from < to && isBlank(value.charCodeAt(from))) from++;
  while (to > from && isBlank(value.charCodeAt(to - 1))) to--;
  return value.slice(from, to);
}

function isBlank(code: number): boolean {
  return code === 0x09 || code === 0x0a || code === 0x0d || code === 0x20;
}

export function isHeader(name: string, value: string): boolean {
  return isToken(name) && !BAD_VALUE.test(value);
}

/** @throws TypeError for a name or a value that no header can have */
export function checkHeader(name: string, value: string): void {
  checkName(name);
  if (!isHeader(name, value)) throw new TypeError(`"${value}" is no value of a header`);
}

export function checkName(name: string): void {
  if (!isToken(name)) throw new TypeError(`"${name}" is no name of a header`);
}
