/** What a run has used. */
export class Usage {
  /** Milliseconds of CPU that its guest has computed. */
  cpuMs = 0;
  /** Calls of `http_background`. */
  requests = 0;
  /** Bytes of the bodies that it has sent. */
  bytesSent = 0;
  /** Bytes of the contents that came for it. */
  bytesReceived = 0;
}
