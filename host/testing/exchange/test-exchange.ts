import type { ErrorCode } from "../../api/errors.ts";
import type { Clock, Timer } from "../../lifetime/clock.ts";
import { BodyStream } from "../../network/body/request-body.ts";
import { cut } from "../../network/body/source.ts";
import type { PreparedRequest, Protocol } from "../../network/exchange/exchange.ts";
import type { ExchangeClient, ExchangeNeeds, PendingExchange } from "../../network/pool/exchange-source.ts";
import { Receiver } from "../../network/response/receiver.ts";
import type { Phase } from "../../network/transfer/failure-table.ts";
import { ThrownFailure } from "../../network/transfer/failures.ts";
import { TestKitError } from "../mistakes/test-kit-error.ts";
import type { Answer, AskNetwork, GivenFailure, GivenResponse } from "./answer.ts";
import { SentRequest } from "./sent-request.ts";
import { inNextTurn, type Turning } from "./turns.ts";

/** What an exchange without a connection needs. */
export interface ExchangeWorld {
  readonly thread: string;
  readonly clock: Clock;
  /** Maximum number of bytes of a body. */
  readonly maxBodyBytes: number;
  /** The address of the host; null if a proxy looks it up. */
  addressOf(needs: ExchangeNeeds): string | null;
  /** What comes. What it throws, or rejects with, is thrown to the caller. */
  answer(request: SentRequest): Answer | Promise<Answer>;
  /** Makes the exchange on a connection. */
  ask(client: ExchangeClient, needs: ExchangeNeeds, how: AskedNetwork): PendingExchange;
  /** Called when something has begun or ended that takes real time. */
  count(change: 1 | -1): void;
}

/** An exchange that is made on a connection after all. */
export interface AskedNetwork extends AskNetwork {
  readonly request: SentRequest;
  /** How its body is sent again. */
  readonly prepared: PreparedRequest;
}

/** Whether a response to `method` with this status has no content, whatever its head says. */
function isBodyless(method: string, status: number): boolean {
  return method === "HEAD" || status === 204 || status === 304;
}

/** One exchange without a connection: what would be sent is collected, and an answer is played. */
export class TestExchange extends Receiver<ExchangeClient> implements PendingExchange, Turning {
  readonly #world: ExchangeWorld;
  readonly #needs: ExchangeNeeds;
  #prepared: PreparedRequest = { head: { method: "", target: "", headers: [] }, body: null };
  #answer: Answer | null = null;
  /** What is to be thrown to the caller. */
  #thrown: ThrownFailure | null = null;
  #phase: Phase = "sending";
  #protocol: Protocol = "http/1.1";
  #timer: Timer | undefined;
  /** Number of bytes of content that were given. */
  #given = 0;
  #isWaiting = false;
  #isStopped = false;
  #beyond: PendingExchange | null = null;

  constructor(world: ExchangeWorld, client: ExchangeClient, needs: ExchangeNeeds) {
    super(client);
    this.#world = world;
    this.#needs = needs;
  }

  get protocol(): Protocol {
    return this.#protocol;
  }

  start(): void {
    const { destination } = this.#needs;
    try {
      const target = this.#world.addressOf(this.#needs);
      this.#prepared = this.owner.makeRequest({ destination, target, protocol: "http/1.1", number: 0 });
    } catch (error) {
      this.fail(error);
      return;
    }
    const { body } = this.#prepared;
    if (this.isOver) return;
    if (body instanceof BodyStream) void this.#collect(body);
    else this.#send(body === null ? [] : [Buffer.from(body)], body?.length ?? null);
  }

  cancel(code?: ErrorCode): void {
    if (this.isOver) return;
    this.#stop();
    this.#beyond?.cancel(code);
  }

  /** The answer is there, or its time has come. */
  onTurn(): void {
    this.#isWaiting = false;
    if (this.isOver) return;
    if (this.#thrown !== null) this.fail(this.#thrown);
    else if (this.#answer?.kind === "response") this.#respond(this.#answer);
    else if (this.#answer?.kind === "failure") this.#failWith(this.#answer);
  }

  protected setPaused(isPaused: boolean): void {
    this.#isStopped = isPaused;
    if (!isPaused) this.#goOn();
  }

  protected fail(error: unknown): void {
    if (this.isOver) return;
    this.#stop();
    this.owner.onFailure(error, { phase: this.#phase, retry: null });
  }

  #stop(): void {
    this.isOver = true;
    this.#world.clock.clearTimeout(this.#timer);
    const { body } = this.#prepared;
    if (body instanceof BodyStream) body.cancel();
  }

  async #collect(body: BodyStream): Promise<void> {
    const pieces: Buffer[] = [];
    this.#world.count(1);
    try {
      for await (const chunk of body) {
        if (this.isOver) return;
        this.#checkSize(body.sent);
        for (const piece of cut(chunk)) pieces.push(Buffer.from(piece));
        body.isWritten = () => true;
      }
      this.#send(pieces, body.length);
    } catch (error) {
      this.fail(error);
    } finally {
      this.#world.count(-1);
    }
  }

  #checkSize(bytes: number): void {
    const { maxBodyBytes } = this.#world;
    if (bytes <= maxBodyBytes) return;
    const message = `a body has more than ${maxBodyBytes} bytes: raise maxBodyBytes`;
    throw new ThrownFailure(new TestKitError("BODY_TOO_LARGE", message));
  }

  #send(pieces: readonly Buffer[], framing: number | null): void {
    if (this.isOver) return;
    this.#phase = "waiting";
    const { destination, asker } = this.#needs;
    const { thread } = this.#world;
    const { head } = this.#prepared;
    const request = new SentRequest({
      thread,
      run: asker?.number ?? null,
      destination,
      head,
      pieces,
      framing,
    });
    try {
      const answer = this.#world.answer(request);
      if (answer instanceof Promise) this.#await(answer, request);
      else this.#take(answer, request);
    } catch (error) {
      this.#throw(error);
    }
  }

  #await(answer: Promise<Answer>, request: SentRequest): void {
    answer.then(
      (given) => this.owner.inContext(() => this.#take(given, request)),
      (error) => this.#throw(error),
    );
  }

  #throw(error: unknown): void {
    this.#thrown = new ThrownFailure(error);
    this.#wait(0);
  }

  #take(answer: Answer, request: SentRequest): void {
    if (this.isOver) return;
    this.#answer = answer;
    if (answer.kind === "network") {
      const how = { ...answer, request, prepared: this.#prepared };
      this.#beyond = this.#world.ask(this.owner, this.#needs, how);
      this.#beyond.start();
    } else if (answer.kind !== "silence") {
      this.#wait(answer.faults.delayMs ?? 0);
    }
  }

  #wait(ms: number): void {
    this.#isWaiting = true;
    if (ms > 0) this.#timer = this.#world.clock.setTimeout((one: TestExchange) => one.onTurn(), ms, this);
    else inNextTurn(this);
  }

  #failWith({ error, phase }: GivenFailure): void {
    this.#phase = phase;
    this.fail(error);
  }

  #respond(answer: GivenResponse): void {
    if (this.#phase !== "receiving") this.#begin(answer);
    this.#goOn();
  }

  #begin({ status, fields, content, protocol }: GivenResponse): void {
    this.#phase = "receiving";
    this.#protocol = protocol;
    const length = isBodyless(this.#prepared.head.method, status) ? -1 : content.length;
    const bytes = fields.reduce((sum, text) => sum + text.length + 2, "HTTP/1.1 200 OK\r\n\r\n".length);
    this.receiveHead({ status, fields, bytes, length });
  }

  /** Gives the next pieces, as long as they are wanted. */
  #goOn(): void {
    const answer = this.#answer;
    if (answer?.kind !== "response" || this.#isWaiting) return;
    const { trickle } = answer.faults;
    const content = isBodyless(this.#prepared.head.method, this.status) ? Buffer.alloc(0) : answer.content;
    const end = Math.min(content.length, answer.faults.breaks?.after ?? content.length);
    while (!this.isOver && !this.#isStopped && this.#given < end) {
      const piece = content.subarray(
        this.#given,
        Math.min(end, this.#given + (trickle?.bytes ?? LARGEST_PIECE)),
      );
      this.#given += piece.length;
      // A copy: what is kept must not be what the next request with this answer gets.
      this.receiveContent(Buffer.from(piece));
      if (trickle !== undefined && !this.isOver) {
        this.#wait(trickle.everyMs);
        return;
      }
    }
    if (!this.isOver && !this.#isStopped && this.#given >= end) this.#finish(answer);
  }

  #finish({ faults }: GivenResponse): void {
    if (faults.breaks !== undefined) {
      this.fail(faults.breaks.error());
      return;
    }
    this.isOver = true;
    this.owner.onResponse(this);
  }
}

const LARGEST_PIECE = 65_536;
