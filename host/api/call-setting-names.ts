import type { CallSettings } from "./calls.ts";

const NAMES: Readonly<Record<keyof CallSettings, true>> = {
  signal: true,
  timeoutMs: true,
  stream: true,
  into: true,
  decompress: true,
  onProgress: true,
};

/** All members that the last argument of a call may have. */
export const CALL_SETTING_NAMES: readonly string[] = Object.keys(NAMES);
