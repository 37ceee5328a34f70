import type { HttpBackgroundError } from "./api/errors.ts";
import type { PolicyRules, ScriptRequest } from "./api/rules.ts";
import type { Plugin } from "./guest/plugin.ts";
import type { Handle, Handles } from "./guest/wire/handles.ts";
import { marshalFailure, readRefusal } from "./guest/wire/result.ts";
import { FIRST_DATA_HANDLE, type PostedData, type Sized } from "./guest/wire/script-request.ts";
import type { CancelSignal } from "./lifetime/abort-watch.ts";
import { type Clock, REAL_CLOCK } from "./lifetime/clock.ts";
import { MOST_MS_A_TURN, SpreadWork } from "./lifetime/spread-work.ts";
import { explainScriptMistake } from "./mistakes/explained-mistake.ts";
import { CountedBody } from "./network/body/counted-body.ts";
import type { Network } from "./network/network.ts";
import { NarrowedPolicy } from "./network/policy/narrowed-policy.ts";
import { createPolicy } from "./network/policy/policy.ts";
import { ScriptPolicy } from "./network/policy/script-policy.ts";
import type { AskingRun } from "./network/transfer/asking-run.ts";
import { BytesInParts } from "./network/transfer/bytes-in-parts.ts";
import { failedOutcome, TransferFailure } from "./network/transfer/failures.ts";
import type { PerformOptions } from "./network/transfer/perform-options.ts";
import type { Policy } from "./network/transfer/policy.ts";
import type { Received } from "./network/transfer/received.ts";
import type { Outcome, Transfer } from "./network/transfer/transfer.ts";
import { readTransfer } from "./record/transfer-record.ts";
import { answerWith, type DoorAnswer, type HeadPlace, plainAnswer } from "./script-answer.ts";
import { checkIdentity } from "./script-identities.ts";
import { FAILURE } from "./script-planner.ts";
import type { SeededRandom } from "./seeded-random.ts";

export { type DoorAnswer, type HeadPlace, plainAnswer } from "./script-answer.ts";

/** What the calls of scripts may reach, and a function that learns what they ask for. */
export interface ScriptRules extends PolicyRules {
  /** Whether scripts use `http_proxy` and similar variables of the operator's environment. @default false */
  environmentProxy?: boolean | undefined;
  /**
   * Called with every origin that a script asks for, allowed or not. The argument is an entry that would allow it.
   */
  onOrigin?: ((entry: string) => void) | undefined;
  /** Called with every request that a script asks for, allowed or not. */
  onRequest?: ((request: ScriptRequest) => void) | undefined;
}

/** One run of a script, as its calls see it. */
export interface ScriptRun extends AskingRun {
  /** What the run's own policy makes of the rules of the runtime; undefined if it has none. */
  readonly rules: OpenRules | undefined;
  /** The values that the run may name. */
  readonly handles: Handles;
  /** How its guest learns the headers of responses and where they come from. */
  readonly headPlace: HeadPlace;
  /** Ends the run. */
  end(reason: unknown): void;
}

/** One call of a run. */
export interface ScriptCall {
  /** How the bytes of a value are read that are not in one piece, until it is over; undefined for any other value. */
  partsOf(value: unknown): (() => Iterable<Uint8Array>) | undefined;
  /** Ends it. */
  readonly signal: CancelSignal;
  /** Counts what its transfer takes of the JavaScript heap, in bytes, until it is over. */
  onObjects(bytes: number): void;
  /** Bytes of content that the run may still receive. */
  readonly receivable: number;
  /** Counts bytes of a body, before they are sent. Returns false if they are too many: then the run is over. */
  onSend(bytes: number): boolean;
  /**
   * Counts bytes of content that came, or would have come. Returns false if they are too many: then the run is over.
   */
  onReceive(bytes: number): boolean;
}

/** A transfer that a script asks for. It comes from where scripts compute, and is not trusted. */
export interface DoorRequest {
  /** The transfer, as the plugin's guest has written it. */
  readonly transfer: Uint8Array;
  /** Data that it names. No other call can name them. */
  readonly data: readonly PostedData<Sized>[];
}

/** The door, with the rules of one runtime. */
export interface OpenDoor {
  /**
   * The rules of the runtime, narrowed by those of a run; undefined if the run has none.
   *
   * @throws HttpBackgroundError BAD_CONFIG, which names the wrong entry
   */
  narrow(rules: PolicyRules): OpenRules | undefined;
  /** Makes a transfer. The answer always comes, and not before this returns. */
  perform(
    request: DoorRequest,
    run: ScriptRun,
    call: ScriptCall,
    onAnswer: (answer: DoorAnswer) => void,
  ): void;
  /**
   * The mistake that a script was told of, with a sentence about it; undefined if the call was refused for another
   * reason.
   *
   * @param refusal the answer that the plugin's guest gave
   * @param id what the script gave as the id
   */
  explain(refusal: Uint8Array, id: string): HttpBackgroundError | undefined;
}

/** Maximum number of bytes of a transfer record, and of headers in it. More would take too much of the application's time. */
const LARGEST_TRANSFER = 1 << 20;
const MOST_HEADERS = 1000;

/** What a transfer takes of the JavaScript heap, in bytes: itself, each header, and each value that its body names. */
const TRANSFER_OBJECTS = 4096;
const HEADER_OBJECTS = 64;
const VALUE_OBJECTS = 512;

/** What a test decides for all runtimes. */
export interface DoorOptions {
  readonly clock?: Clock;
  readonly workers?: number;
  readonly chance?: SeededRandom | undefined;
}

/**
 * The transfers of scripts enter a loaded plugin here. They use the same network as those of an application, but they
 * have their own policy and limits.
 */
export class ScriptDoor {
  readonly plugin: Plugin;
  readonly network: Network;
  readonly clock: Clock;
  /** How many workers a runtime has that says nothing of it. @default as many as the machine can use */
  readonly workers: number | undefined;
  /** What the randomness of scripts follows from. @default nothing: it is random */
  readonly chance: SeededRandom | undefined;
  /** Calls of all scripts begin in it. */
  readonly #starts = new SpreadWork(MOST_MS_A_TURN);

  constructor(plugin: Plugin, network: Network, { clock = REAL_CLOCK, workers, chance }: DoorOptions = {}) {
    this.plugin = plugin;
    this.network = network;
    this.clock = clock;
    this.workers = workers;
    this.chance = chance;
  }

  /** @throws HttpBackgroundError BAD_CONFIG, which names the wrong entry */
  open(rules: ScriptRules): OpenDoor {
    const { environmentProxy = false, onOrigin, onRequest, ...policyRules } = rules;
    const observers = { onOrigin, onRequest };
    const policy = createPolicy(policyRules, { audience: "script", clock: this.clock }) as Policy;
    const tenancy = `scripts ${++doors}`;
    const openWith = (inForce: Policy): OpenRules => ({
      environmentProxy,
      tenancy,
      ofOwnProxy: new ScriptPolicy(inForce, observers, true),
      ofNoProxy: new ScriptPolicy(inForce, observers, false),
    });
    const open = openWith(policy);
    return {
      narrow: (own) => {
        const inner = createPolicy(own, { audience: "run", clock: this.clock });
        return inner === null ? undefined : openWith(new NarrowedPolicy(policy, inner));
      },
      perform: (request, run, call, onAnswer) =>
        this.#perform(run.rules ?? open, request, { run, call }, onAnswer),
      explain: (refusal, id) => {
        const { mistake } = readRefusal(refusal);
        return mistake && explainScriptMistake(mistake, id, this.network);
      },
    };
  }

  /** Resolves when all calls that are to be started in a later turn have started; undefined if there are none. */
  get pending(): Promise<void> | undefined {
    return this.#starts.pending;
  }

  #perform(
    rules: OpenRules,
    request: DoorRequest,
    { run, call }: { readonly run: ScriptRun; readonly call: ScriptCall },
    onAnswer: (answer: DoorAnswer) => void,
  ): void {
    let transfer: Transfer;
    let isCapped: boolean;
    try {
      transfer = this.#readTransfer(request, run, call);
      checkIdentity(run, transfer.clientCertificate);
      isCapped = limit(transfer, call);
    } catch (error) {
      const bytes = error instanceof TransferFailure ? marshalFailure(failedOutcome(error.code)) : FAILURE;
      queueMicrotask(() => onAnswer(plainAnswer(bytes)));
      return;
    }
    const policy = transfer.proxy === null ? rules.ofNoProxy : rules.ofOwnProxy;
    if (transfer.proxy === null && !rules.environmentProxy) transfer.proxy = "";
    const tenancy = run.tenant === undefined ? rules.tenancy : `${rules.tenancy} for ${run.tenant}`;
    const options = { signal: call.signal, policy, asker: run, tenancy };
    void this.#transfer(transfer, options).then(({ outcome, received }) => {
      if ("thrown" in outcome) run.end(outcome.thrown);
      // The length was known to be too large, so the content was not received.
      if (isCapped && isTooLarge(outcome)) call.onReceive(call.receivable + 1);
      onAnswer(answerWith(outcome, run.handles, received, run.headPlace));
    });
  }

  #transfer(transfer: Transfer, options: PerformOptions): Promise<Ended> {
    return new Promise((resolve) => {
      const onEnd = (outcome: Outcome, received: Received | null): void => resolve({ outcome, received });
      this.#starts.now(() => this.network.start(transfer, options, { onEnd }));
    });
  }

  #readTransfer({ transfer: record, data }: DoorRequest, run: ScriptRun, call: ScriptCall): Transfer {
    if (record.length > LARGEST_TRANSFER) throw new TransferFailure("OUT_OF_MEMORY");
    let values = 0;
    const transfer = readTransfer(record, {
      getHandle: (number, ...types) => {
        values++;
        const isOfRun = number < FIRST_DATA_HANDLE;
        return inParts(isOfRun ? run.handles.get(number, ...types) : findData(data, number, types), call);
      },
      makeEncoder: (encoder) => this.plugin.encoding(encoder),
    });
    if (transfer.headers.length > MOST_HEADERS) throw new TransferFailure("OUT_OF_MEMORY");
    const objects = transfer.headers.length * HEADER_OBJECTS + values * VALUE_OBJECTS;
    call.onObjects(TRANSFER_OBJECTS + record.length + objects);
    transfer.isAlwaysFramed = true;
    return transfer;
  }
}

/** How a transfer ended, and what is known of its last response besides. */
interface Ended {
  readonly outcome: Outcome;
  readonly received: Received | null;
}

let doors = 0;

/** The rules of the calls of one runtime, or of one run. */
export interface OpenRules {
  /** See `PerformOptions.tenancy`. Runs for a tenant have one of their own. */
  readonly tenancy: string;
  readonly environmentProxy: boolean;
  /** For calls that name a proxy. */
  readonly ofOwnProxy: Policy;
  /** For calls that name no proxy. */
  readonly ofNoProxy: Policy;
}

function inParts(handle: Handle, call: ScriptCall): Handle {
  const parts = call.partsOf(handle.value);
  return parts === undefined ? handle : { ...handle, value: new BytesInParts(parts) };
}

function findData(data: readonly PostedData<Sized>[], number: number, types: number[]): Handle {
  const found = data[number - FIRST_DATA_HANDLE];
  if (found === undefined || !types.includes(found.type)) {
    throw new RangeError(`the guest named data ${number} that it has not given`);
  }
  return { type: found.type, value: found.bytes, size: found.bytes.length };
}

/** Limits the transfer to what the run may still send and receive. @returns Whether this limits the content's size */
function limit(transfer: Transfer, call: ScriptCall): boolean {
  const { body, maxFileSize } = transfer;
  transfer.onContent = (bytes) => call.onReceive(bytes);
  if (body !== null) transfer.body = CountedBody.of(body, (bytes) => call.onSend(bytes));
  // If nothing more may come, the limit is one byte, because 0 would mean no limit.
  const most = Math.max(1, call.receivable);
  if (maxFileSize > 0 && maxFileSize <= most) return false;
  transfer.maxFileSize = most;
  return true;
}

function isTooLarge(outcome: Outcome): boolean {
  return "code" in outcome && outcome.code === "FILESIZE_EXCEEDED";
}
