import { subscribe, unsubscribe } from "node:diagnostics_channel";

/** A smaller upload is over before anybody could read its progress. */
const LEAST_BYTES = 1024 * 1024;
const INTERVAL_MS = 100;

/** Published for each chunk of a body that is sent. This process sends only bodies of our requests. */
const CHUNK_SENT = "undici:request:bodyChunkSent";

const CLEAR_LINE = "\r\u001b[K";

/**
 * Shows how much of an upload has been sent, in one line, which is removed at the end. It shows nothing if `stream` is
 * not a terminal, or if there is less than 1 MiB.
 *
 * @param totalBytes -1 if it is not known
 * @returns the function that ends it
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
