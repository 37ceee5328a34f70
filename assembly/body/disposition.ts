import { Text } from "../values/text.ts";
import { Plan } from "./plan.ts";

/**
 * Adds the header line that names a part (RFC 7578 §4.2). Every part of form data has one, parts of another kind of
 * multipart have one if there is a name to say.
 */
export function addDisposition(plan: Plan, isFormData: bool, name: Text | null, filename: Text | null): void {
  if (!isFormData && name === null && filename === null) return;
  plan.addName("Content-Disposition: ");
  plan.addName(isFormData ? "form-data" : "attachment");
  if (name !== null) addParameter(plan, '; name="', name);
  if (filename !== null) addParameter(plan, '; filename="', filename);
  plan.addName("\r\n");
}

/** Three bytes are escaped, as browsers do (WHATWG HTML, multipart/form-data encoding) and libcurl from 7.81.0 on. */
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
