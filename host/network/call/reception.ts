import type { AsyncScope } from "../../lifetime/async-scope.ts";
import { codingsOf } from "../decoding/codings.ts";
import { DecodedContent } from "../decoding/decoded-content.ts";
import type { CompleteResponse, StartedResponse } from "../exchange/exchange.ts";
import type { Hop } from "../request/hop.ts";
import type { ContentFlow, ContentSink } from "../transfer/content-flow.ts";
import { TransferFailure } from "../transfer/failures.ts";
import type { Transfer, TransferOwner } from "../transfer/transfer.ts";
import { LastResponse } from "./last-response.ts";

/** What a reception needs of its call. */
export interface ReceptionOptions {
  readonly transfer: Transfer;
  readonly owner: TransferOwner;
  /** The context of the caller. */
  readonly scope: AsyncScope;
  fail(failure: TransferFailure): void;
}

const NO_FLOW: ContentFlow = { resume() {} };

/** What becomes of the content of a response that is not simply kept: it is decoded, or the owner takes it, or both. */
export class Reception {
  /** Whether the head of the response has come. */
  isStarted = false;
  readonly #options: ReceptionOptions;
  #decoded: DecodedContent | null = null;

  constructor(options: ReceptionOptions) {
    this.#options = options;
  }

  /** Whether a call needs one. Most do not: nobody takes their content, and it is not decoded. */
  static isNeeded({ transfer, owner }: Pick<ReceptionOptions, "transfer" | "owner">): boolean {
    return owner.onStart !== undefined || transfer.codings !== undefined;
  }

  /** The head has come. Returns who takes the content. */
  start(response: StartedResponse, flow: ContentFlow, hop: Hop): ContentSink | null {
    const { transfer, fail } = this.#options;
    this.isStarted = true;
    if (transfer.codings === undefined) return this.#startOwner(response, flow, hop);
    const codings = codingsOf(response.head) ?? (transfer.codings === "known" ? [] : null);
    this.#decoded = new DecodedContent(codings, { limit: transfer.maxFileSize, flow, onFailure: fail });
    this.#decoded.sink = this.#startOwner(response, this.#decoded, hop);
    return this.#decoded;
  }

  /**
   * The response is complete.
   *
   * @param onEnd called when all content is decoded and was taken, with a function that gives what was kept of it
   */
  finish(response: CompleteResponse, hop: Hop, onEnd: (take: () => Buffer) => void): void {
    // The connection may have ended within a head that is enough.
    if (!this.isStarted) this.start(response, NO_FLOW, hop);
    if (this.#decoded === null) onEnd(() => response.takeContent());
    else this.#decoded.end(() => onEnd(() => this.#take()));
  }

  /** The call is over. */
  end(): void {
    this.#decoded?.destroy();
  }

  #startOwner({ status, head }: StartedResponse, flow: ContentFlow, { url }: Hop): ContentSink | null {
    const { owner, scope, fail } = this.#options;
    if (owner.onStart === undefined) return null;
    const cancel = (): void => fail(new TransferFailure("ABORTED_BY_CALLBACK"));
    const cancellable = { resume: () => flow.resume(), cancel };
    return scope.runInAsyncScope(owner.onStart, owner, status, new LastResponse(head, url), cancellable);
  }

  #take(): Buffer {
    try {
      return (this.#decoded as DecodedContent).take();
    } catch (error) {
      throw new TransferFailure("OUT_OF_MEMORY", error);
    }
  }
}
