import { decode } from "@msgpack/msgpack";
import { Plugin } from "../../host/guest/plugin.ts";
import { Handles } from "../../host/guest/wire/handles.ts";
import { marshal } from "../../host/guest/wire/marshal.ts";
import { marshalOutcome, type Outcome, readResult, unmarshalResult } from "../../host/guest/wire/result.ts";

export const OK: Outcome = { status: 200, content: Buffer.from("ok") };

/** A plugin with one thread, `default`, and without a network. Tests answer its transfers. */
export function loadPlugin(wasm: Uint8Array): Promise<Plugin> {
  return Plugin.load(wasm, {
    hasThread: (id) => id === "default",
    answerTo: (error) => marshalOutcome({ error: (error as Error).message, code: "PERFORM" }, new Handles()),
  });
}

/** The decoded transfer of a call; undefined if the call made none. */
export interface Asked {
  transfer: Record<string, unknown> | undefined;
  result: Outcome;
}

/** Makes one call, and answers its transfer with `outcome`. */
export async function callPlugin(plugin: Plugin, args: readonly unknown[], outcome = OK): Promise<Asked> {
  const handles = new Handles();
  let transfer: Record<string, unknown> | undefined;
  const record = await plugin.call(marshal(args, handles), async (asked) => {
    transfer = decode(asked) as Record<string, unknown>;
    return marshalOutcome(outcome, handles);
  });
  return { transfer, result: unmarshalResult(readResult(record, 0, record.length), handles) };
}

/** Converts all bytes in a value to text, with one character for each byte. This is easier to compare and to read. */
export function asText(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("latin1");
  if (Array.isArray(value)) return value.map(asText);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asText(inner)]));
}
