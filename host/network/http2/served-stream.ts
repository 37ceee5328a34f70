import type { ClientHttp2Stream, IncomingHttpHeaders } from "node:http2";
import type { RawFields } from "../transfer/header-fields.ts";

/** Whoever a stream serves. It learns of the events of the stream. */
export interface StreamOwner {
  onInterim(fields: RawFields): void;
  onHead(headers: IncomingHttpHeaders, flags: number, fields: RawFields): void;
  onData(piece: Buffer): void;
  onEnd(): void;
  onError(error: Error): void;
  onClose(): void;
}

const OWNER = Symbol("owner");

/** A stream of node:http2, which serves somebody until `release`. */
export type ServedStream = ClientHttp2Stream & { [OWNER]?: StreamOwner | null };

type Listener = (this: ServedStream, ...args: never[]) => void;

/**
 * The same for all streams. Until it collects all garbage, V8 keeps a stream of Node that has ended, with everything that
 * it refers to. So it refers to nothing of its owner that is not needed any more.
 */
const LISTENERS: readonly (readonly [event: string, listener: Listener])[] = [
  [
    "headers",
    function (_headers: IncomingHttpHeaders, _flags: number, fields: RawFields = []) {
      this[OWNER]?.onInterim(fields);
    },
  ],
  [
    "response",
    function (headers: IncomingHttpHeaders, flags: number, fields: RawFields = []) {
      this[OWNER]?.onHead(headers, flags, fields);
    },
  ],
  [
    "end",
    function () {
      this[OWNER]?.onEnd();
    },
  ],
  [
    "error",
    function (error: Error) {
      this[OWNER]?.onError(error);
    },
  ],
  [
    "close",
    function () {
      this[OWNER]?.onClose();
    },
  ],
];

function onData(this: ServedStream, piece: Buffer): void {
  this[OWNER]?.onData(piece);
}

/** Tells an owner of all events of a stream but its content. */
export function serve(stream: ServedStream, owner: StreamOwner): void {
  stream[OWNER] = owner;
  for (const [event, listener] of LISTENERS) stream.on(event, listener as () => void);
}

/** Begins to read the content. */
export function readContent(stream: ServedStream): void {
  stream.on("data", onData);
}

/** The owner learns of nothing any more. */
export function release(stream: ServedStream): void {
  stream[OWNER] = null;
}
