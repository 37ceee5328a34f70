import type { Body } from "../../host/network/transfer/body.ts";
import type { Outcome, Transfer } from "../../host/network/transfer/transfer.ts";

/** The transfer of a call on thread "t" without options. */
export function transferTo(url: string, changes: Partial<Transfer> = {}): Transfer {
  return {
    thread: "t",
    url,
    method: null,
    headers: [],
    body: null,
    timeout: 0,
    connectTimeout: 0,
    maxFileSize: 0,
    redirects: 0,
    tlsVerifyPeer: true,
    tlsVerifyHost: true,
    clientCertificate: null,
    proxy: "",
    sourceip: null,
    username: null,
    password: null,
    awsSigv4: null,
    ...changes,
  };
}

/** The body of a `post` that is a string. */
export function stringBody(text: string): Body {
  const bytes = Buffer.from(text, "latin1");
  return {
    kind: "string",
    contentType: "application/x-www-form-urlencoded",
    length: bytes.length,
    bytes,
    started: false,
    replayable: true,
    async *open() {
      yield bytes;
    },
    close() {},
  };
}

/** A body that is read from a source and can be read once. */
export function fileBody(
  source: AsyncIterable<Uint8Array>,
  changes: Partial<Body> = {},
): Body & { isClosed: boolean } {
  const body = {
    kind: "file" as const,
    contentType: "application/octet-stream",
    length: -1,
    bytes: null,
    started: false,
    replayable: false,
    isClosed: false,
    async *open() {
      body.started = true;
      yield* source;
    },
    close() {
      body.isClosed = true;
    },
    ...changes,
  };
  return body;
}

/** Gives these chunks, each one turn of the event loop after the one before. */
export async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    await new Promise((resolve) => setImmediate(resolve));
    yield Buffer.from(text, "latin1");
  }
}

/** An outcome in a form that tests can compare. The content is latin1. */
export function plainOutcome(outcome: Outcome): { status: number; content: string } | { code: string } {
  if ("code" in outcome) return { code: outcome.code };
  return { status: outcome.status, content: outcome.content.toString("latin1") };
}
