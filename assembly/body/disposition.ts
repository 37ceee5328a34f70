import { Text } from "../values/text.ts";
import { Plan } from "./plan.ts";

/**
 * Adds the header line with the name of a part (RFC 7578 §4.2). In form data every part has this line. In other kinds
 * of multipart, a part has it only if it has a name or a file name.
 */
export function addDisposition(plan: Plan, isFormData: bool, name: Text | null, filename: Text | null): void {
  if (!isFormData && name === null && filename === null) return;
  plan.addName("Content-Disposition: ");
  plan.addName(isFormData ? "form-data" : "attachment");
  if (name !== null) addParameter(plan, '; name="', name);
  if (filename !== null) addParameter(plan, '; filename="', filename);
  plan.addName("\r\n");
}

/** Three bytes are escaped, as in browsers (WHATWG HTML, multipart/form-data encoding) and in libcurl since 7.81.0. */
function addParameter(plan: Plan, opening: string, value: Text): void {
  plan.addName(opening);
  let start = 0;
  for (let i = 0; i < value.len; i++) {
    const escaped = escapeOf(load<u8>(value.ptr + i));
    if (escaped.length === 0) continue;
    plan.addBytes(value.ptr + start, i - start);
    plan.addName(escaped);
    start = i + 1;
  }
  plan.addBytes(value.ptr + start, value.len - start);
  plan.addName('"');
}

function escapeOf(byte: u8): string {
  if (byte === 0x22) return "%22";
  if (byte === 0x0d) return "%0D";
  return byte === 0x0a ? "%0A" : "";
}
