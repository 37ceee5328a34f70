import { subscribe, unsubscribe } from "node:diagnostics_channel";

/** Below this an upload is over before anybody could read a line about it. */
const LEAST_BYTES = 1024 * 1024;
const INTERVAL_MS = 100;

/** Every chunk of a body on its way to the socket; bodies of requests that are not ours do not exist here. */
const CHUNK_SENT = "undici:request:bodyChunkSent";

const CLEAR_LINE = "\r\u001b[K";

/**
 * Shows how much of an upload has been sent, in one line that is gone at the end. Nothing unless `stream` is a
 * terminal, and nothing for less than 1 MiB.
 *
 * @param totalBytes -1 if it is not known
 * @returns what ends it
 */
export function showProgress(
  stream: Pick<NodeJS.WriteStream, "isTTY" | "write">,
  totalBytes: number,
): () => void {
  if (!stream.isTTY || (totalBytes !== -1 && totalBytes <= LEAST_BYTES)) return () => {};
  let sent = 0;
  let shown = false;
  const count = (message: unknown): void => {
    sent += (message as { chunk: Uint8Array | string }).chunk.length;
  };
  const timer = setInterval(() => {
    if (sent <= LEAST_BYTES && totalBytes === -1) return;
    stream.write(`${CLEAR_LINE}${describeProgress(sent, totalBytes)}`);
    shown = true;
  }, INTERVAL_MS).unref();
  subscribe(CHUNK_SENT, count);

  return () => {
    unsubscribe(CHUNK_SENT, count);
    clearInterval(timer);
    if (shown) stream.write(CLEAR_LINE);
    shown = false;
  };
}

/** `sent 12.0 MiB of 40.0 MiB (30 %)`. Framing and encoders make a body longer than its files. */
export function describeProgress(sent: number, total: number): string {
  if (total === -1 || sent > total) return `sent ${mebibytes(sent)}`;
  return `sent ${mebibytes(sent)} of ${mebibytes(total)} (${Math.floor((100 * sent) / total)} %)`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
