import { EXT_FILE } from "../../assembly/abi.ts";
import type { StreamedResult } from "../api/results.ts";
import { marshalContent } from "../guest/wire/result.ts";
import type { CancellableFlow, ContentSink } from "../network/transfer/content-flow.ts";
import type { Received } from "../network/transfer/received.ts";
import type { Outcome } from "../network/transfer/transfer.ts";
import { ApplicationCall, type ApplicationCallParts } from "./application-call.ts";
import { ContentStream } from "./content-stream.ts";

/** A call whose result is there with the head of the response, and whose content is a stream. */
export class StreamingCall extends ApplicationCall {
  #content: ContentStream | null = null;

  /** Starts a call, and resolves with its result. */
  static start(args: Uint8Array, parts: ApplicationCallParts): Promise<StreamedResult> {
    return new Promise((resolve, reject) => {
      const own = { ...parts, resolve: resolve as (result: unknown) => void, reject };
      parts.host.plugin.start(new StreamingCall(args, own));
    });
  }

  onStart(status: number, received: Received, flow: CancellableFlow): ContentSink {
    this.#content = new ContentStream(flow);
    const handle = this.handles.add(EXT_FILE, this.#content.readable);
    this.answer(marshalContent(status, handle, -1), received);
    return this.#content;
  }

  override onEnd(outcome: Outcome, received: Received | null): void {
    if (this.#content === null) super.onEnd(outcome, received);
    else this.#content.end(outcome);
  }
}
