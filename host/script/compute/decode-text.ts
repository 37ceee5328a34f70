import { GuestMistake } from "../../guest/javascript/host-call.ts";

/** The name of the encoding that a label means; undefined if there is none. */
export function encodingOf(label: string): string | undefined {
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return undefined;
  }
}

/** The text; undefined if it is malformed, and `fatal` is true. @throws GuestMistake for a label that there is not */
export function decodeText(
  label: string,
  options: { readonly fatal: boolean; readonly ignoreBOM: boolean },
  data: Buffer,
): string | undefined {
  if (encodingOf(label) === undefined) throw new GuestMistake("there is no such encoding", "RangeError");
  try {
    return new TextDecoder(label, options).decode(data);
  } catch {
    return undefined;
  }
}
