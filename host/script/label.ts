import { HttpBackgroundError } from "../api/errors.ts";

const LONGEST = 256;

/** A text by which the application calls something in its events. @throws HttpBackgroundError BAD_ARGUMENT */
export function readLabel(option: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string" && value !== "" && value.length <= LONGEST) return value;
  const message = `${option}: must be text of 1 to ${LONGEST} characters`;
  throw new HttpBackgroundError("BAD_ARGUMENT", message, { option });
}
