import type { Attributes } from "@opentelemetry/api";
import { ATTRIBUTES } from "./names.ts";

/** How a hop or a call ended. */
export interface Ended {
  readonly status?: number;
  readonly code?: string;
}

/** From this status on, a response is an error of the request. */
const FIRST_ERROR = 400;

/** The value of `error.type`; undefined for success, and for what its caller has ended. */
export function errorTypeOf({ status, code }: Ended): string | undefined {
  if (code !== undefined) return code === "ABORTED_BY_CALLBACK" ? undefined : code;
  return status !== undefined && status >= FIRST_ERROR ? String(status) : undefined;
}

/** The attributes of an end: its status, and its error. */
export function attributesOfEnd(ended: Ended): Attributes {
  const type = errorTypeOf(ended);
  return {
    ...(ended.status === undefined ? {} : { [ATTRIBUTES.status]: ended.status }),
    ...(type === undefined ? {} : { [ATTRIBUTES.errorType]: type }),
  };
}

/** A word for how something ended. */
export function outcomeOf({ code }: Pick<Ended, "code">): "completed" | "failed" | "cancelled" {
  if (code === undefined) return "completed";
  return code === "ABORTED_BY_CALLBACK" ? "cancelled" : "failed";
}

/** The version in `network.protocol.version`. */
export function versionOf(protocol: "h2" | "http/1.1"): string {
  return protocol === "h2" ? "2" : "1.1";
}
