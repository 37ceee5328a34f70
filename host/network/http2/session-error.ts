/** What ends exchanges, or whole sessions, beside what Node reports; by the code of the error. */
const MESSAGES = {
  // The peer has said that it has not processed the request.
  ERR_HTTP2_REFUSED: "the server refused the request",
  ERR_HTTP2_GONE: "the connection ended before the response was complete",
  ERR_HTTP2_HTTP_1_1_REQUIRED: "the server requires HTTP/1.1",
  // More frames than anybody needs.
  ERR_HTTP2_FLOOD: "the server sent too many frames",
  // nghttp2 has given the session up.
  ERR_HTTP2_TERMINATED: "the server broke the protocol",
};

export class SessionError extends Error {
  readonly code: keyof typeof MESSAGES;

  constructor(code: keyof typeof MESSAGES) {
    super(MESSAGES[code]);
    this.code = code;
  }
}

/** The peer broke the protocol, so the session was ended from our side. */
const VIOLATIONS: ReadonlySet<unknown> = new Set([
  "ERR_HTTP2_ERROR",
  "ERR_HTTP2_FLOOD",
  "ERR_HTTP2_TERMINATED",
  "ERR_HTTP2_TOO_MANY_INVALID_FRAMES",
]);

export function isViolation({ code }: { code?: unknown }): boolean {
  return VIOLATIONS.has(code);
}
