import { EXT_FILE } from "../../assembly/abi.ts";
import type { CallSettings } from "../api/calls.ts";
import { type ErrorCode, HttpBackgroundError } from "../api/errors.ts";
import type { Answered, Failed, Result } from "../api/results.ts";
import type { GuestAccess } from "../guest/engine/guest-access.ts";
import type { Instance } from "../guest/engine/instance.ts";
import type { Answer } from "../guest/engine/task.ts";
import { type Encoding, type Plugin, PluginCall, type WaitingCall } from "../guest/plugin.ts";
import type { Handle, Handles } from "../guest/wire/handles.ts";
import type { Fields } from "../guest/wire/message-pack-reader.ts";
import { marshalOutcome, type RawResult, readResult, unmarshalResult } from "../guest/wire/result.ts";
import { explainMistake } from "../mistakes/explained-mistake.ts";
import type { Network } from "../network/network.ts";
import { type FailedOutcome, failedOutcome } from "../network/transfer/failures.ts";
import type { PerformOptions } from "../network/transfer/perform-options.ts";
import type { Received } from "../network/transfer/received.ts";
import type { Outcome, Transfer, TransferOwner } from "../network/transfer/transfer.ts";
import { type GuestSide, makeTransfer, readTransferFields } from "../record/transfer-record.ts";
import { answeredWith, type PlainResult } from "./answered.ts";
import { AwaitedTurn } from "./awaited-turn.ts";
import { failedWith } from "./failed.ts";
import { letGoOfPosted } from "./posted-files.ts";

/** What a call of an application consists of. */
export interface ApplicationCallParts {
  readonly host: PluginParts;
  readonly handles: Handles;
  readonly settings: CallSettings;
  readonly codings: Transfer["codings"];
  /** `[id, url, options, post]`, as the caller gave them. */
  readonly given: readonly unknown[];
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/** What a plugin consists of. */
export interface PluginParts {
  readonly plugin: Plugin;
  readonly network: Network;
}

const NOTHING: readonly unknown[] = [];

/** One call of an application, through the plugin's guest to the network and back. Very many of them may wait. */
export class ApplicationCall extends PluginCall<RawResult, Fields> implements TransferOwner, GuestSide {
  /** The values that the guest may name. */
  protected readonly handles: Handles;
  readonly #host: PluginParts;
  #settings: CallSettings & Pick<PerformOptions, "waitedMs">;
  readonly #codings: Transfer["codings"];
  readonly #given: readonly unknown[];
  readonly #resolve: (result: Result) => void;
  readonly #reject: (error: unknown) => void;
  #answer: Answer | undefined;
  /** How the transfer ended, if it failed. */
  #failure: FailedOutcome | null = null;
  #received: Received | null = null;
  /** Files that belong to the transfer's body now. The body releases them. */
  #taken: unknown[] | null = null;

  constructor(args: Uint8Array, parts: ApplicationCallParts) {
    super(args);
    this.handles = parts.handles;
    this.#host = parts.host;
    this.#settings = parts.settings;
    this.#codings = parts.codings;
    this.#given = parts.given;
    this.#resolve = parts.resolve;
    this.#reject = parts.reject;
  }

  takeRecord({ memory }: GuestAccess<undefined>, ptr: number, len: number): Fields {
    return memory.read(ptr, len, readTransferFields);
  }

  perform(fields: Fields, answer: Answer): void {
    this.#answer = answer;
    this.#host.network.start(this.#makeTransfer(fields), this.#settings, this);
  }

  onEnd(outcome: Outcome, received: Received | null): void {
    if ("error" in outcome) this.#failure = outcome;
    this.answer(marshalOutcome(outcome, this.handles), received);
  }

  /** Gives the guest its answer. Called once. */
  protected answer(record: Uint8Array, received: Received | null): void {
    this.#received = received;
    this.#answer?.resume(record);
  }

  onWait(leave: () => void): WaitingCall {
    const turn = new AwaitedTurn(this.#settings, this.#host.network.clock, (code) => {
      leave();
      this.#letGo();
      this.#resolve(this.#failedWith(code));
    });
    return {
      onTurn: () => {
        this.#settings = { ...this.#settings, waitedMs: turn.end() };
      },
      onRefused: () => turn.onAbort(),
    };
  }

  readResult({ memory }: Instance, returned: unknown): RawResult {
    return memory.readRecord(returned as number, readResult);
  }

  onResult(raw: RawResult): void {
    const failure = this.#failure;
    if (failure !== null && "thrown" in failure) {
      // Whatever the guest makes of the outcome.
      this.onError(failure.thrown);
      return;
    }
    try {
      const result = unmarshalResult(raw, this.handles);
      this.#letGo();
      this.#resolve("error" in result ? this.#failedWith(result.code as ErrorCode) : this.#answered(result));
    } catch (error) {
      this.onError(error instanceof HttpBackgroundError ? this.#explain(error) : error);
    }
  }

  onError(error: unknown): void {
    this.#letGo();
    this.#reject(error);
  }

  getHandle(number: number, ...types: number[]): Handle {
    const handle = this.handles.get(number, ...types);
    if (handle.type === EXT_FILE) {
      this.#taken ??= [];
      this.#taken.push(handle.value);
    }
    return handle;
  }

  makeEncoder(encoder: number): Encoding {
    return this.#host.plugin.encoding(encoder);
  }

  #letGo(): void {
    letGoOfPosted(this.#given[3], this.handles, this.#taken ?? NOTHING);
  }

  #explain(mistake: HttpBackgroundError): HttpBackgroundError {
    return explainMistake(mistake, { given: this.#given, network: this.#host.network });
  }

  #answered(result: PlainResult): Answered {
    // Only a response has a status.
    return answeredWith(result, this.#received as Received);
  }

  #failedWith(code: ErrorCode): Failed {
    return failedWith(failedOutcome(code), this.#failure);
  }

  #makeTransfer(fields: Fields): Transfer {
    const transfer = this.#readTransfer(fields);
    transfer.codings = this.#codings;
    transfer.onProgress = this.#settings.onProgress;
    return transfer;
  }

  #readTransfer(fields: Fields): Transfer {
    try {
      return makeTransfer(fields, this);
    } catch (error) {
      // There is no body that releases the Files.
      this.#taken = null;
      throw error;
    }
  }
}
