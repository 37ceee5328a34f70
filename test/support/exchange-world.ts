import { EventEmitter } from "node:events";
import { constants } from "node:http2";
import type { TestContext } from "node:test";
import { BodyStream } from "../../host/network/body/request-body.ts";
import type { ExchangeOwner } from "../../host/network/exchange/exchange.ts";
import { Exchange } from "../../host/network/http2/exchange.ts";
import type { Session } from "../../host/network/http2/session.ts";
import type { RawFields } from "../../host/network/transfer/header-fields.ts";
import { fileBody } from "./transfers.ts";

/** A stream without a peer. */
class FakeStream extends EventEmitter {
  readonly id = 1;
  rstCode = constants.NGHTTP2_NO_ERROR;
  closed = false;
  readableEnded = false;
  writableEnded = false;
  readonly resets: number[] = [];
  readonly written: string[] = [];

  write(piece: Buffer, done: () => void): boolean {
    this.written.push(piece.toString());
    queueMicrotask(done);
    return true;
  }

  end(last?: Uint8Array): void {
    if (last !== undefined) this.written.push(Buffer.from(last).toString());
    this.writableEnded = true;
  }

  close(code: number): void {
    this.resets.push(code);
  }

  /** A head comes. */
  respond(status: number, fields: RawFields = [], flags = 0): void {
    this.emit("response", { ":status": String(status) }, flags, fields);
  }

  /** The end of the content comes. */
  finish(): void {
    this.readableEnded = true;
    this.emit("end");
  }

  /** Node reports that it is closed. */
  shut(code = constants.NGHTTP2_NO_ERROR): void {
    Object.assign(this, { closed: true, rstCode: code });
    this.emit("close");
  }
}

/** An exchange on a session that has no peer. */
export interface ExchangeWorld {
  readonly session: { received: number; isGone: boolean; lastProcessed: number };
  readonly stream: FakeStream;
  readonly exchange: Exchange;
  /** What its owner and its session were told. */
  readonly told: string[];
  /** Resolves when nothing more of its body is written. */
  readonly uploaded: Promise<void>;
  /** Moves the clock. */
  readonly pass: (ms: number) => void;
}

export interface ExchangeSetting {
  readonly method?: string;
  readonly body?: Uint8Array | BodyStream;
  /** How many exchanges the session has begun before. @default 1 */
  readonly begun?: number;
  /** What Node says instead of beginning a stream. */
  readonly refusal?: Error;
  readonly owner?: Partial<ExchangeOwner>;
}

/** An exchange that was sent. */
export function exchangeWorld(t: TestContext, setting: ExchangeSetting = {}): ExchangeWorld {
  const { method = "GET", body = null, begun = 1, refusal, owner } = setting;
  let now = 5000;
  t.mock.method(performance, "now", () => now);
  const told: string[] = [];
  const stream = new FakeStream();
  let onUploaded = (): void => {};
  const uploaded = new Promise<void>((resolve) => {
    onUploaded = resolve;
  });
  const session = {
    begun,
    received: 100,
    isGone: false,
    lastProcessed: Number.POSITIVE_INFINITY,
    begin: (fields: readonly string[], isAll: boolean) => {
      if (refusal !== undefined) throw refusal;
      stream.writableEnded = isAll;
      if (body !== null) told.push(`begin ${fields.includes("content-length")} ${isAll}`);
      return stream;
    },
    countUpload: (change: number) => {
      told.push(`upload ${change}`);
      if (change < 0) onUploaded();
    },
    setPaused: (_stream: FakeStream, isPaused: boolean) => told.push(isPaused ? "pause" : "go on"),
    forget: () => told.push("forget"),
    hear: (bytes: number) => told.push(`hear ${bytes}`),
    end: (isAborted: boolean) => told.push(isAborted ? "end aborted" : "end"),
    retire: () => told.push("retire"),
  };
  const usual = {
    maxFileSize: 0,
    isRedirect: () => false,
    onHead: () => told.push("head") > 0,
    onStart: () => null,
    onContent: () => true,
    onResponse: (response: { status: number }) => told.push(`response ${response.status}`),
    onFailure: ({ phase, retry }: Exchange, { code }: { code: string }) =>
      told.push(`${code} ${phase}, again ${retry}`),
  };
  const owned = { ...usual, ...owner } as unknown as ExchangeOwner;
  const exchange = new Exchange(owned, session as unknown as Session);
  exchange.send({ head: { method, target: "/", headers: [] }, body });
  const pass = (ms: number): void => {
    now += ms;
  };
  return { session, stream, exchange, told, uploaded, pass };
}

/** A body whose last piece comes when the test says so. */
export function gatedBody(): { body: BodyStream; go: (failure?: Error) => void } {
  let go: (failure?: Error) => void = () => {};
  const gate = new Promise<void>((resolve, reject) => {
    go = (failure) => (failure === undefined ? resolve() : reject(failure));
  });
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("a");
    await gate;
    yield Buffer.from("b");
  }
  return { body: new BodyStream(fileBody(pieces()), -1), go };
}
