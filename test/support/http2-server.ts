import { once } from "node:events";
import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type SecureServerOptions,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { certificates } from "./certificates.ts";
import type { RawRequest } from "./raw-request.ts";

/** A server that speaks HTTP/2 on 127.0.0.1, with TLS. */
export interface Http2Server {
  readonly port: number;
  /** `https://127.0.0.1:port` */
  readonly base: string;
  /** All complete requests so far. */
  readonly requests: RawRequest[];
  /** Those that came over HTTP/1.1, if the server has the option `allowHTTP1`: names and values of headers. */
  readonly http1Requests: string[][];
  /** Sessions that are open. */
  readonly sessions: Set<ServerHttp2Session>;
  /** Number of sessions so far, and the most streams that were open on one at the same time. */
  readonly counts: { sessions: number; mostStreams: number };
  close(): Promise<void>;
}

const END_STREAM = constants.NGHTTP2_FLAG_END_STREAM;

/** What happens with a request that is complete. */
export type Answer = (stream: ServerHttp2Stream, request: RawRequest) => void;

export const sayOk: Answer = (stream) => {
  stream.respond({ ":status": 200, "content-length": "2" });
  stream.end("ok");
};

export interface Http2ServerOptions extends SecureServerOptions {
  port?: number;
  /** Called when the head of a request is there. @default waits for the body, then answers */
  onStream?: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;
}

/** Starts a server. It answers each request when the whole of it is there. */
export async function startHttp2Server(
  answer: Answer = sayOk,
  { port = 0, onStream, ...options }: Http2ServerOptions = {},
): Promise<Http2Server> {
  const requests: RawRequest[] = [];
  const http1Requests: string[][] = [];
  const sessions = new Set<ServerHttp2Session>();
  const counts = { sessions: 0, mostStreams: 0 };
  const server = createSecureServer({ ...certificates().good, ...options });
  server.on("session", (session) => {
    counts.sessions++;
    sessions.add(session);
    session.on("close", () => sessions.delete(session)).on("error", () => {});
  });
  const open = new Map<unknown, number>();
  server.on("stream", (stream: ServerHttp2Stream, headers, flags: number, ...[rawHeaders]: string[][]) => {
    const { session } = stream;
    const streams = (open.get(session) ?? 0) + 1;
    open.set(session, streams);
    counts.mostStreams = Math.max(counts.mostStreams, streams);
    stream.on("close", () => open.set(session, (open.get(session) ?? 1) - 1)).on("error", () => {});
    if (onStream !== undefined) return onStream(stream, headers);
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      const request = toRequest(rawHeaders ?? [], Buffer.concat(chunks), (flags & END_STREAM) === 0);
      requests.push(request);
      if (!stream.destroyed) answer(stream, request);
    });
  });
  if (options.allowHTTP1) {
    server.on("request", ({ httpVersionMajor, rawHeaders }, response) => {
      if (httpVersionMajor > 1) return;
      http1Requests.push(rawHeaders);
      response.end("ok");
    });
  }
  server.on("sessionError", () => {});
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const { port: bound } = server.address() as AddressInfo;
  const close = (): Promise<void> => closeServer(server, sessions);
  return {
    port: bound,
    base: `https://127.0.0.1:${bound}`,
    requests,
    http1Requests,
    sessions,
    counts,
    close,
  };
}

async function closeServer(server: Http2SecureServer, sessions: Set<ServerHttp2Session>): Promise<void> {
  server.close();
  for (const session of sessions) session.destroy();
  if (server.listening) await once(server, "close");
}

/** The request as one of HTTP/1.1 would be. */
function toRequest(fields: readonly string[], body: Buffer, hasBody: boolean): RawRequest {
  const pairs = Array.from({ length: fields.length / 2 }, (_, index): [string, string] => [
    fields[2 * index] ?? "",
    fields[2 * index + 1] ?? "",
  ]);
  const value = (name: string): string | undefined => pairs.find(([key]) => key === name)?.[1];
  const headers = pairs
    .filter(([name]) => !name.startsWith(":") || name === ":authority")
    .map(([name, text]): [string, string] => [name === ":authority" ? "host" : name, text]);
  const framing = value("content-length") !== undefined ? "length" : hasBody ? "chunked" : "none";
  const [method = "", target = ""] = [value(":method"), value(":path")];
  return { method, target, framing, headers, body, raw: Buffer.alloc(0) };
}
