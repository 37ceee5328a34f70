import { EXT_FILE } from "../assembly/abi.ts";
import { answeredWith, type PlainResult } from "./answered.ts";
import { type ErrorCode, HttpBackgroundError, type TransferError } from "./api/errors.ts";
import type { Answered, CallSettings, Failed, Result } from "./api/types.ts";
import type { GuestAccess } from "./guest/engine/guest-access.ts";
import type { Instance } from "./guest/engine/instance.ts";
import type { Answer } from "./guest/engine/task.ts";
import { type Plugin, PluginCall } from "./guest/plugin.ts";
import type { Handles } from "./guest/wire/handles.ts";
import type { Fields } from "./guest/wire/message-pack-reader.ts";
import { marshalOutcome, type RawResult, readResult, unmarshalResult } from "./guest/wire/result.ts";
import { explainMistake } from "./mistakes.ts";
import type { Network } from "./network/network.ts";
import { failedOutcome } from "./network/transfer/failures.ts";
import type { Received } from "./network/transfer/received.ts";
import type { Outcome, Transfer, TransferOwner } from "./network/transfer/transfer.ts";
import { letGoOfPosted } from "./posted-files.ts";
import { makeTransfer, readTransferFields } from "./transfer-record.ts";

/** What a call of an application consists of. */
export interface ApplicationCallParts {
  readonly plugin: Plugin;
  readonly network: Network;
  readonly handles: Handles;
  readonly settings: CallSettings;
  readonly codings: Transfer["codings"];
  /** `[id, url, options, post]`, as the caller gave them. */
  readonly given: readonly unknown[];
  resolve(result: Result): void;
  reject(error: unknown): void;
}

const NOTHING: readonly unknown[] = [];

/** One call of an application, through the plugin's guest to the network and back. */
export class ApplicationCall extends PluginCall<RawResult, Fields> implements TransferOwner {
  readonly #parts: ApplicationCallParts;
  #answer: Answer | undefined;
  #cause: TransferError | undefined;
  /** What is thrown, whatever the guest makes of the outcome. */
  #thrown: { readonly error: unknown } | undefined;
  #received: Received | null = null;
  /** Files that belong to the transfer's body now. The body releases them. */
  #taken: readonly unknown[] = NOTHING;

  constructor(args: Uint8Array, parts: ApplicationCallParts) {
    super(args);
    this.#parts = parts;
  }

  takeRecord({ memory }: GuestAccess<undefined>, ptr: number, len: number): Fields {
    return memory.read(ptr, len, readTransferFields);
  }

  perform(fields: Fields, answer: Answer): void {
    const { network, settings } = this.#parts;
    this.#answer = answer;
    network.start(this.#makeTransfer(fields), settings, this);
  }

  onEnd(outcome: Outcome, received: Received | null): void {
    if ("thrown" in outcome) this.#thrown = { error: outcome.thrown };
    else if ("code" in outcome) this.#cause = outcome.cause;
    this.answer(marshalOutcome(outcome, this.handles), received);
  }

  /** The values that the guest may name. */
  protected get handles(): Handles {
    return this.#parts.handles;
  }

  /** Gives the guest its answer. Called once. */
  protected answer(record: Uint8Array, received: Received | null): void {
    this.#received = received;
    this.#answer?.resume(record);
  }

  readResult({ memory }: Instance, returned: unknown): RawResult {
    return memory.readRecord(returned as number, readResult);
  }

  onResult(raw: RawResult): void {
    if (this.#thrown !== undefined) {
      this.onError(this.#thrown.error);
      return;
    }
    const { handles, given, resolve } = this.#parts;
    try {
      const result = unmarshalResult(raw, handles);
      letGoOfPosted(given[3], handles, this.#taken);
      resolve("error" in result ? this.#failedWith(result.code as ErrorCode) : this.#answered(result));
    } catch (error) {
      this.onError(error instanceof HttpBackgroundError ? explainMistake(error, this.#parts) : error);
    }
  }

  onError(error: unknown): void {
    const { handles, given, reject } = this.#parts;
    letGoOfPosted(given[3], handles, this.#taken);
    reject(error);
  }

  #answered(result: PlainResult): Answered {
    // Only a response has a status.
    return answeredWith(result, this.#received as Received);
  }

  #failedWith(code: ErrorCode): Failed {
    const result: Failed = failedOutcome(code);
    return Object.defineProperty(result, "cause", { value: this.#cause, configurable: true, writable: true });
  }

  #makeTransfer(fields: Fields): Transfer {
    const { plugin, handles, settings, codings } = this.#parts;
    const taken: unknown[] = [];
    const transfer = makeTransfer(fields, {
      getHandle: (number, ...types) => {
        const handle = handles.get(number, ...types);
        if (handle.type === EXT_FILE) taken.push(handle.value);
        return handle;
      },
      makeEncoder: (encoder) => plugin.encoding(encoder),
    });
    transfer.codings = codings;
    transfer.onProgress = settings.onProgress;
    // Not earlier: if the record is not valid, there is no body that releases the Files.
    if (taken.length > 0) this.#taken = taken;
    return transfer;
  }
}
