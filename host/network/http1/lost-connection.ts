/** The peer closed the connection normally before the request was written. */
export class ConnectionGone extends Error {
  readonly code = "ERR_CONNECTION_GONE";

  constructor() {
    super("the connection is gone");
  }
}

/** The peer reset the connection, after the last bytes that were read. */
export class ConnectionReset extends Error {
  readonly code = "ECONNRESET";

  constructor() {
    super("the peer reset the connection");
  }
}

/**
 * Whether undici would handle the error as its own. If a connector gives such an error, undici tries again for ever.
 */
export function isUndicis(error: Error | null): error is null {
  return error === null || ("code" in error && String(error.code).startsWith("UND_ERR_"));
}
