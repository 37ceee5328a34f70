import type { ErrorCode, HttpBackgroundError } from "./api/errors.ts";
import type { PolicyRules } from "./api/types.ts";
import type { Answer } from "./guest/engine/fiber.ts";
import { type Plugin, PluginCall } from "./guest/plugin.ts";
import type { Handles } from "./guest/wire/handles.ts";
import { marshalFailure, marshalOutcome, readRefusal } from "./guest/wire/result.ts";
import type { CancelSignal } from "./lifetime/abort-watch.ts";
import { CountedBody } from "./network/body/counted-body.ts";
import type { Network } from "./network/network.ts";
import { createPolicy } from "./network/policy/policy.ts";
import { ScriptPolicy } from "./network/policy/script-policy.ts";
import { failedOutcome } from "./network/transfer/failures.ts";
import type { Policy } from "./network/transfer/policy.ts";
import type { Outcome, Transfer } from "./network/transfer/transfer.ts";
import { readTransfer } from "./transfer-record.ts";

/** What the calls of scripts may reach, and who is told of what they ask for. */
export interface ScriptRules extends PolicyRules {
  /** Whether `http_proxy` and its like of the operator's environment apply. @default false */
  environmentProxy?: boolean | undefined;
  /** Told of every origin that is asked for, allowed or not, as an allow entry that would allow it. */
  onOrigin?: ((entry: string) => void) | undefined;
}

/** One run of a script, as its calls see it. */
export interface ScriptRun {
  /** Everything that the run may name. */
  readonly handles: Handles;
  /** Ends the call that is in flight. */
  readonly signal: CancelSignal;
  /** Bytes of content that the run may still receive. */
  readonly receivable: number;
  /** So many more bytes of a body are to be sent. False if that is too many: the run is over. */
  onSend(bytes: number): boolean;
  /** So many more bytes of content came, or would have come. False if that is too many: the run is over. */
  onReceive(bytes: number): boolean;
  /** The call was one that cannot be made. */
  onMistake(mistake: HttpBackgroundError): void;
}

/** The door with rules. */
export interface OpenDoor {
  /**
   * Does a call. The answer is MessagePack as the guest gave it: `{ status, content }`, `{ error, code }` or
   * `{ throws, code, option }`, and never a failure.
   *
   * @param args MessagePack, as a script gave it
   */
  call(args: Uint8Array, run: ScriptRun, answer: Answer): void;
  /** `{ error, code }` for a call that cannot even be tried. */
  readonly failure: Uint8Array;
}

const FAILURE = marshalFailure(failedOutcome("BAD_FUNCTION_ARGUMENT"));

/** Where the calls of scripts go into a loaded plugin: the same guest, the same network, a policy and limits of their own. */
export class ScriptDoor {
  readonly plugin: Plugin;
  readonly network: Network;

  constructor(plugin: Plugin, network: Network) {
    this.plugin = plugin;
    this.network = network;
  }

  /** @throws HttpBackgroundError BAD_CONFIG, naming the entry that is wrong */
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
      call: (args, run, answer) => this.plugin.start(new DoorCall(this, open, { args, run, answer })),
    };
  }
}

interface OpenRules {
  readonly environmentProxy: boolean;
  /** For calls that name a proxy. */
  readonly ofOwnProxy: Policy;
  /** For those that name none. */
  readonly ofNoProxy: Policy;
}

/** One call on its way from a script through the plugin's guest to the network, and back. */
class DoorCall extends PluginCall {
  readonly #door: ScriptDoor;
  readonly #rules: OpenRules;
  readonly #run: ScriptRun;
  readonly #answer: Answer;
  #isPerformed = false;

  constructor(
    door: ScriptDoor,
    rules: OpenRules,
    { args, run, answer }: { args: Uint8Array; run: ScriptRun; answer: Answer },
  ) {
    super(args);
    this.#door = door;
    this.#rules = rules;
    this.#run = run;
    this.#answer = answer;
  }

  perform(record: Buffer, answer: Answer): void {
    this.#isPerformed = true;
    const transfer = readTransfer(record, {
      getHandle: (number, ...types) => this.#run.handles.get(number, ...types),
      makeEncoder: (encoder) => this.#door.plugin.encoding(encoder),
    });
    const { environmentProxy, ofOwnProxy, ofNoProxy } = this.#rules;
    const policy = transfer.proxy === null ? ofNoProxy : ofOwnProxy;
    if (transfer.proxy === null && !environmentProxy) transfer.proxy = "";
    const isCapped = this.#limit(transfer);
    const { signal } = this.#run;
    void this.#door.network.perform(transfer, { signal, policy }).then((outcome) => {
      // Content that is known to be too large is not waited for.
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

  /** What the run may still send and receive. @returns Whether the size of the content is limited by that */
  #limit(transfer: Transfer): boolean {
    const { body, maxFileSize } = transfer;
    transfer.onContent = (bytes) => this.#run.onReceive(bytes);
    if (body !== null) transfer.body = CountedBody.of(body, (bytes) => this.#run.onSend(bytes));
    // One byte is let through where none may come: 0 would be no limit.
    const most = Math.max(1, this.#run.receivable);
    if (maxFileSize > 0 && maxFileSize <= most) return false;
    transfer.maxFileSize = most;
    return true;
  }

  /** What the guest refused by itself has no sentence yet. */
  #completeRefusal(record: Buffer): Uint8Array {
    const { mistake, error, code } = readRefusal(record);
    if (mistake !== undefined) this.#run.onMistake(mistake);
    return error === "" ? marshalFailure(failedOutcome(code as ErrorCode)) : record;
  }
}

function isTooLarge(outcome: Outcome): boolean {
  return "code" in outcome && outcome.code === "FILESIZE_EXCEEDED";
}
