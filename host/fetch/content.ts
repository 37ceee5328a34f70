/** The same bytes, as a stream of type "bytes", with the errors of `fetch`. Nothing is read before somebody wants it. */
export function guard(
  content: ReadableStream<Uint8Array>,
  signal: AbortSignal | null,
): ReadableStream<Uint8Array> {
  const reader = content.getReader();
  const errorOf = (cause: unknown): unknown =>
    signal?.aborted ? signal.reason : new TypeError("terminated", { cause });
  return new ReadableStream({
    type: "bytes",
    // Whoever does not read learns it too.
    start(controller) {
      reader.closed.catch((cause) => controller.error(errorOf(cause)));
    },
    async pull(controller) {
      const { done, value } = await reader.read().catch((cause) => {
        throw errorOf(cause);
      });
      // All of it may have come before the signal aborted.
      if (signal?.aborted) {
        reader.cancel().catch(() => {});
        throw signal.reason;
      }
      if (!done) return controller.enqueue(value);
      controller.close();
      controller.byobRequest?.respond(0);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
