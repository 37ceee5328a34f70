import diagnostics from "node:diagnostics_channel";

/** All channels to which somebody may subscribe during a call, including undici's. */
export const CHANNELS = [
  "http-background:call:start",
  "http-background:call:queued",
  "http-background:hop:start",
  "http-background:hop:sent",
  "http-background:hop:end",
  "http-background:connection:open",
  "http-background:connection:close",
  "http-background:response",
  "http-background:call:end",
  "http-background:policy:denied",
  "undici:request:create",
  "undici:request:bodySent",
  "undici:request:headers",
  "undici:request:trailers",
  "undici:client:sendHeaders",
] as const;

type Listener = (message: { call?: number }, channel: string) => void;

/** Subscribes to all channels, until it is disposed. */
export function subscribeToAll(listener: Listener): Disposable {
  const onMessage = (message: unknown, name: string | symbol): void =>
    listener(message as { call?: number }, String(name));
  for (const name of CHANNELS) diagnostics.subscribe(name, onMessage);
  return {
    [Symbol.dispose]() {
      for (const name of CHANNELS) diagnostics.unsubscribe(name, onMessage);
    },
  };
}

/** Counts errors that nobody catches, until it is disposed. If such an error is not `expected`, it throws it again. */
export class UncaughtErrors implements Disposable {
  count = 0;

  constructor(expected: Error) {
    process.setUncaughtExceptionCaptureCallback((error) => {
      if (error !== expected) throw error;
      this.count++;
    });
  }

  [Symbol.dispose](): void {
    process.setUncaughtExceptionCaptureCallback(null);
  }
}
