import type { ServerHttp2Stream } from "node:http2";
import { startHttp2Server } from "./http2-server.ts";
import { OK, type ScriptedServer, type ServerEntry } from "./scripted-server.ts";

/** A response of HTTP/1.1, taken apart. */
interface Parts {
  status: number;
  headers: [name: string, value: string][];
  content: Buffer;
}

/** Whether the answer can also be given over HTTP/2: it is a whole and right response. */
export function isPlayable(entry: ServerEntry): boolean {
  return !entry.reset && entry.then === undefined && partsOf(entry) !== null;
}

/** Like `startScriptedServer`, but over HTTP/2. */
export async function startScriptedHttp2Server(
  script: readonly ServerEntry[] = [],
  { port = 0 }: { port?: number } = {},
): Promise<Pick<ScriptedServer, "base" | "requests" | "close">> {
  let answered = 0;
  return startHttp2Server(
    (stream) => {
      const entry = script[answered++] ?? OK;
      const timer = setTimeout(() => play(stream, entry), entry.delay_ms ?? 0);
      stream.once("close", () => clearTimeout(timer));
    },
    { port },
  );
}

function play(stream: ServerHttp2Stream, entry: ServerEntry): void {
  if (stream.destroyed) return;
  const { status, headers, content } = partsOf(entry) as Parts;
  const fields: Record<string, string | string[]> = {};
  for (const [name, value] of headers) fields[name.toLowerCase()] = value;
  stream.respond({ ":status": status, ...fields });
  stream.end(content);
}

function partsOf({ send: text = "" }: ServerEntry): Parts | null {
  const end = text.indexOf("\r\n\r\n");
  const [line = "", ...lines] = text.slice(0, end).split("\r\n");
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(line)?.[1];
  if (end < 0 || status === undefined || Number(status) < 200) return null;
  const headers = lines.map((one): [string, string] => {
    const colon = one.indexOf(":");
    return [one.slice(0, colon), one.slice(colon + 1).trim()];
  });
  const content = contentOf(headers, text.slice(end + 4));
  const sent = headers.filter(([name]) => !/^(?:transfer-encoding|connection)$/i.test(name));
  return content === null ? null : { status: Number(status), headers: sent, content };
}

/** The content, after chunks are joined; null if it is not whole. */
function contentOf(headers: Parts["headers"], rest: string): Buffer | null {
  const value = (name: string) => headers.find(([key]) => key.toLowerCase() === name)?.[1];
  const length = value("content-length");
  if (value("transfer-encoding") !== undefined) return joinChunks(rest);
  if (length !== undefined && Number(length) !== rest.length) return null;
  return Buffer.from(rest, "latin1");
}

function joinChunks(rest: string): Buffer | null {
  let content = "";
  for (let at = 0; ; ) {
    const lineEnd = rest.indexOf("\r\n", at);
    const size = Number.parseInt(rest.slice(at, lineEnd), 16);
    if (lineEnd < 0 || Number.isNaN(size)) return null;
    if (size === 0) return Buffer.from(content, "latin1");
    content += rest.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
}
