import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ConnectionOpen, HopEnd, HopSent, HopStart, OptionIgnored } from "../index.ts";

/** What is seen of the only call of this process, through its events. Each method is called when it happens. */
export interface CallWatcher {
  onIgnored?(option: OptionIgnored): void;
  onOpen?(connection: ConnectionOpen): void;
  onHopStart?(hop: HopStart): void;
  onHopSent?(hop: HopSent): void;
  onHopEnd?(hop: HopEnd): void;
  /** The head of a request over HTTP/1.1, as it is written. */
  onHead?(text: string): void;
}

const CHANNELS = {
  onIgnored: "http-background:option:ignored",
  onOpen: "http-background:connection:open",
  onHopStart: "http-background:hop:start",
  onHopSent: "http-background:hop:sent",
  onHopEnd: "http-background:hop:end",
} as const;

const SEND_HEADERS = "undici:client:sendHeaders";

/** Lets it watch until the end of the process, or until the function that is returned is called. */
export function watchCall(watcher: CallWatcher): () => void {
  const listeners: [name: string, listener: (message: unknown) => void][] = Object.entries(CHANNELS).map(
    ([method, name]) => [
      name,
      (message) =>
        (watcher[method as keyof typeof CHANNELS] as ((m: unknown) => void) | undefined)?.call(
          watcher,
          message,
        ),
    ],
  );
  listeners.push([SEND_HEADERS, (message) => watcher.onHead?.((message as { headers: string }).headers)]);
  for (const [name, listener] of listeners) subscribe(name, listener);
  return () => {
    for (const [name, listener] of listeners) unsubscribe(name, listener);
  };
}
