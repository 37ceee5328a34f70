import type { ErrorCode, HttpBackgroundError } from "./api/errors.ts";
import type { PolicyRules } from "./api/types.ts";
import type { Answer } from "./guest/engine/fiber.ts";
import { type Plugin, PluginCall } from "./guest/plugin.ts";
import type { Handle, Handles } from "./guest/wire/handles.ts";
import { marshalFailure, marshalOutcome, readRefusal } from "./guest/wire/result.ts";
import { FIRST_DATA_HANDLE, firstText, type ScriptRequest } from "./guest/wire/script-request.ts";
import type { CancelSignal } from "./lifetime/abort-watch.ts";
import { explainScriptMistake } from "./mistakes.ts";
import { CountedBody } from "./network/body/counted-body.ts";
import type { Network } from "./network/network.ts";
import { createPolicy } from "./network/policy/policy.ts";
import { ScriptPolicy } from "./network/policy/script-policy.ts";
import { failedOutcome } from "./network/transfer/failures.ts";
import type { Policy } from "./network/transfer/policy.ts";
import type { Outcome, Transfer } from "./network/transfer/transfer.ts";
import { readTransfer } from "./transfer-record.ts";

/** What the calls of scripts may reach, and a function that learns what they ask for. */
export interface ScriptRules extends PolicyRules {
  /** Whether scripts use `http_proxy` and similar variables of the operator's environment. @default false */
  environmentProxy?: boolean | undefined;
  /**
   * Called with every origin that a script asks for, allowed or not. The argument is an entry that would allow it.
   */
  onOrigin?: ((entry: string) => void) | undefined;
}

/** One run of a script, as its calls see it. */
export interface ScriptRun {
  /** The values that the run may name. */
  readonly handles: Handles;
  /** Ends the running call. */
  readonly signal: CancelSignal;
  /** Bytes of content that the run may still receive. */
  readonly receivable: number;
  /** Counts bytes of a body, before they are sent. Returns false if they are too many: then the run is over. */
  onSend(bytes: number): boolean;
  /**
   * Counts bytes of content that came, or would have come. Returns false if they are too many: then the run is over.
   */
  onReceive(bytes: number): boolean;
  /** Called if the call was wrong and was not made. */
  onMistake(mistake: HttpBackgroundError): void;
}

/** The door, with the rules of one runtime. */
export interface OpenDoor {
  /**
   * Makes a call. The answer always comes. It is MessagePack from the guest: `{ status, content }`, `{ error, code }`
   * or `{ throws, code, option }`.
   */
  call(request: ScriptRequest, run: ScriptRun, answer: Answer): void;
  /** `{ error, code }` for a call that cannot even be tried. */
  readonly failure: Uint8Array;
}

const FAILURE = marshalFailure(failedOutcome("BAD_FUNCTION_ARGUMENT"));

/**
 * The calls of scripts enter a loaded plugin here. They use the same guest and the same network as an application, but
 * they have their own policy and limits.
 */
export class ScriptDoor {
  readonly plugin: Plugin;
  readonly network: Network;

  constructor(plugin: Plugin, network: Network) {
    this.plugin = plugin;
    this.network = network;
  }

  /** @throws HttpBackgroundError BAD_CONFIG, which names the wrong entry */
  open(rules: ScriptRules): OpenDoor {
    const { environmentProxy = false, onOrigin, ...policyRules } = rules;
    const policy = createPolicy(policyRules, { audience: "script" }) as Policy;
    const open: OpenRules = {
      environmentProxy,
      ofOwnProxy: new ScriptPolicy(policy, onOrigin, true),
      ofNoProxy: new ScriptPolicy(policy, onOrigin, false),
    };
    return {
      failure: FAILURE,
      call: (request, run, answer) => this.plugin.start(new DoorCall(this, open, { request, run, answer })),
    };
  }
}

interface OpenRules {
  readonly environmentProxy: boolean;
  /** For calls that name a proxy. */
  readonly ofOwnProxy: Policy;
  /** For calls that name no proxy. */
  readonly ofNoProxy: Policy;
}

/** One call of a script, through the plugin's guest to the network and back. */
class DoorCall extends PluginCall {
  readonly #door: ScriptDoor;
  readonly #rules: OpenRules;
  readonly #run: ScriptRun;
  readonly #answer: Answer;
  /** Long data of the post. The call alone can name them, and they are gone with it. */
  readonly #data: Handles | undefined;
  #isPerformed = false;

  constructor(
    door: ScriptDoor,
    rules: OpenRules,
    { request, run, answer }: { request: ScriptRequest; run: ScriptRun; answer: Answer },
  ) {
    super(request.args);
    this.#data = request.data;
    this.#door = door;
    this.#rules = rules;
    this.#run = run;
    this.#answer = answer;
  }

  perform(record: Buffer, answer: Answer): void {
    this.#isPerformed = true;
    const transfer = readTransfer(record, {
      getHandle: (number, ...types) => this.#find(number, types),
      makeEncoder: (encoder) => this.#door.plugin.encoding(encoder),
    });
    const { environmentProxy, ofOwnProxy, ofNoProxy } = this.#rules;
    const policy = transfer.proxy === null ? ofNoProxy : ofOwnProxy;
    if (transfer.proxy === null && !environmentProxy) transfer.proxy = "";
    transfer.isAlwaysFramed = true;
    const isCapped = this.#limit(transfer);
    const asker = this.#run;
    void this.#door.network.perform(transfer, { signal: asker.signal, policy, asker }).then((outcome) => {
      // The length was known to be too large, so the content was not received.
      if (isCapped && isTooLarge(outcome)) this.#run.onReceive(this.#run.receivable + 1);
      answer.resume(marshalOutcome(outcome, this.#run.handles));
    });
  }

  onResult(record: Buffer): void {
    this.#answer.resume(this.#isPerformed ? record : this.#completeRefusal(record));
  }

  onError(): void {
    this.#answer.resume(FAILURE);
  }

  #find(number: number, types: number[]): Handle {
    if (this.#data === undefined || number < FIRST_DATA_HANDLE)
      return this.#run.handles.get(number, ...types);
    return this.#data.get(number - FIRST_DATA_HANDLE, ...types);
  }

  /** Limits the transfer to what the run may still send and receive. @returns Whether this limits the content's size */
  #limit(transfer: Transfer): boolean {
    const { body, maxFileSize } = transfer;
    transfer.onContent = (bytes) => this.#run.onReceive(bytes);
    if (body !== null) transfer.body = CountedBody.of(body, (bytes) => this.#run.onSend(bytes));
    // If nothing more may come, the limit is one byte, because 0 would mean no limit.
    const most = Math.max(1, this.#run.receivable);
    if (maxFileSize > 0 && maxFileSize <= most) return false;
    transfer.maxFileSize = most;
    return true;
  }

  /** Adds the sentence to a refusal of the guest, because the guest knows only the code. */
  #completeRefusal(record: Buffer): Uint8Array {
    const { mistake, error, code } = readRefusal(record);
    if (mistake !== undefined) {
      const id = firstText(this.args);
      this.#run.onMistake(explainScriptMistake(mistake, id, this.#door.network));
    }
    return error === "" ? marshalFailure(failedOutcome(code as ErrorCode)) : record;
  }
}

function isTooLarge(outcome: Outcome): boolean {
  return "code" in outcome && outcome.code === "FILESIZE_EXCEEDED";
}
