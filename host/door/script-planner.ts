import type { ErrorCode } from "../api/errors.ts";
import type { Plugin } from "../guest/plugin.ts";
import { marshalFailure, readRefusal } from "../guest/wire/result.ts";
import { failedOutcome } from "../network/transfer/failures.ts";

/** What a call of a script leads to: the record of a transfer, or the answer to a call that is refused. */
export type Plan = { readonly transfer: Uint8Array } | { readonly refusal: Uint8Array };

/** `{ error, code }` for a call that cannot even be tried. */
export const FAILURE: Uint8Array = marshalFailure(failedOutcome("BAD_FUNCTION_ARGUMENT"));

/**
 * Checks the calls of scripts and plans their transfers, with the same guest that does it for an application. It needs
 * no network, so it can be in another thread.
 */
export class ScriptPlanner {
  readonly #plugin: Plugin;

  constructor(plugin: Plugin) {
    this.#plugin = plugin;
  }

  /** @param args The call's arguments, as the script wrote them: MessagePack */
  plan(args: Uint8Array): Plan {
    let end: ReturnType<Plugin["plan"]>;
    try {
      end = this.#plugin.plan(args);
    } catch {
      return { refusal: FAILURE };
    }
    return "asked" in end ? { transfer: end.asked } : completeRefusal(end.result);
  }
}

/** Adds the sentence to a refusal of the guest, because the guest knows only the code. */
function completeRefusal(record: Buffer): Plan {
  const { error, code } = readRefusal(record);
  return { refusal: error === "" ? marshalFailure(failedOutcome(code as ErrorCode)) : record };
}
