import type { ErrorCode } from "../../api/errors.ts";
import type { Clock } from "../../lifetime/clock.ts";
import { BodyStream } from "../../network/body/request-body.ts";
import type {
  CompleteResponse,
  PreparedRequest,
  Protocol,
  Retry,
  StartedResponse,
} from "../../network/exchange/exchange.ts";
import type {
  ChosenConnection,
  ExchangeClient,
  PendingExchange,
} from "../../network/pool/exchange-source.ts";
import type { Body } from "../../network/transfer/body.ts";
import type { ContentFlow, ContentSink } from "../../network/transfer/content-flow.ts";
import { type Phase, toFailure } from "../../network/transfer/failure-table.ts";
import { TransferFailure } from "../../network/transfer/failures.ts";
import type { RawFields } from "../../network/transfer/header-fields.ts";
import { readFields } from "../../network/transfer/kept-head.ts";
import type { SeenExchange } from "./answer.ts";
import { SentRequest } from "./sent-request.ts";
import type { AskedNetwork } from "./test-exchange.ts";

/** Stands between a call and a real exchange. It sends the body that was collected, and sees what comes. */
export class WatchedClient implements ExchangeClient {
  readonly maxFileSize: number;
  readonly #client: ExchangeClient;
  readonly #how: AskedNetwork;
  readonly #clock: Clock;
  readonly #date: Date;
  /** Times: when it was begun, sent, and answered. */
  readonly #startedAt: number;
  #sentAt = 0;
  #answeredAt = 0;
  #request: SentRequest;
  #address: string | null = null;
  #head: StartedResponse | null = null;
  readonly #content: Buffer[] = [];
  #isOver = false;

  constructor(client: ExchangeClient, how: AskedNetwork, clock: Clock) {
    this.maxFileSize = client.maxFileSize;
    this.#client = client;
    this.#how = how;
    this.#clock = clock;
    this.#date = clock.date();
    this.#startedAt = clock.now();
    this.#request = how.request;
  }

  /** The same exchange, whose end by the call is seen too. */
  follow(exchange: PendingExchange): PendingExchange {
    return {
      start: () => exchange.start(),
      cancel: (code?: ErrorCode) => {
        exchange.cancel(code);
        this.#see(code ?? "ABORTED_BY_CALLBACK");
      },
    };
  }

  inContext(step: () => void): void {
    this.#client.inContext(step);
  }

  onAdmitted(): void {
    this.#client.onAdmitted();
  }

  makeRequest(connection: ChosenConnection): PreparedRequest {
    const { head } = this.#client.makeRequest(connection);
    this.#address = connection.target;
    this.#sentAt = this.#clock.now();
    this.#request = new SentRequest({ ...this.#how.request, head, destination: connection.destination });
    const { body } = this.#how.prepared;
    if (!(body instanceof BodyStream)) return { head, body };
    return { head, body: new BodyStream(collected(this.#how.request), body.length) };
  }

  isRedirect(status: number, fields: RawFields): boolean {
    return this.#client.isRedirect(status, fields);
  }

  onHead(bytes: number): boolean {
    this.#answeredAt = this.#clock.now();
    return this.#client.onHead(bytes);
  }

  onStart(response: StartedResponse, flow: ContentFlow): ContentSink | null {
    this.#head = response;
    const sink = this.#client.onStart(response, flow);
    if (sink === null) return null;
    return {
      write: (piece) => {
        this.#content.push(Buffer.from(piece));
        return sink.write(piece);
      },
    };
  }

  onContent(bytes: number): boolean {
    return this.#client.onContent(bytes);
  }

  onResponse(response: CompleteResponse): void {
    this.#head = response;
    const content = response.isRedirect ? Buffer.alloc(0) : this.#takeContent(response);
    this.#see(null, response.protocol);
    const { status, protocol, isRedirect, head } = response;
    this.#client.onResponse({ status, protocol, isRedirect, head, takeContent: () => content });
  }

  onFailure(error: unknown, how: { readonly phase: Phase; readonly retry: Retry | null }): void {
    // The call sends it again, and then it is seen.
    const isRepeated = how.retry !== null && !(error instanceof TransferFailure);
    if (!isRepeated) this.#see(toFailure(error, how.phase).code);
    this.#isOver = true;
    this.#client.onFailure(error, how);
  }

  #takeContent(response: CompleteResponse): Buffer {
    const content = response.takeContent();
    if (this.#content.length === 0) this.#content.push(content);
    return content;
  }

  #see(code: string | null, protocol: Protocol = "http/1.1"): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const now = this.#clock.now();
    const sentAt = this.#sentAt || now;
    const answeredAt = this.#answeredAt || now;
    const head = this.#head;
    const seen: SeenExchange = {
      request: this.#request,
      date: this.#date,
      address: this.#address,
      timings: {
        blocked: sentAt - this.#startedAt,
        wait: answeredAt - sentAt,
        receive: Math.max(0, now - answeredAt),
      },
      response:
        head === null
          ? null
          : {
              status: head.status,
              fields: readFields(head.head).flat(),
              content: Buffer.concat(this.#content),
              protocol,
            },
      code,
    };
    this.#how.observer?.onSeen(seen);
  }
}

/** The body of a request that was collected. It can be read again. */
function collected({ pieces, framing }: SentRequest): Body {
  return {
    kind: "string",
    contentType: null,
    length: framing ?? 0,
    bytes: null,
    started: false,
    replayable: true,
    async *open() {
      yield* pieces;
    },
    close() {},
  };
}
