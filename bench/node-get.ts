import { type Agent, get } from "node:http";
import type { ClientHttp2Session } from "node:http2";

/** The usual way with `node:http`. */
export function httpContent(agent: Agent, url: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve(Buffer.concat(chunks)));
      response.on("error", reject);
    });
    request.on("error", reject);
  });
}

/** The usual way with the `fetch` of Node. */
export async function fetchContent(url: string): Promise<Buffer> {
  const response = await fetch(url);
  return Buffer.from(await response.arrayBuffer());
}

/** The usual way with `node:http2`. */
export function http2Content(session: ClientHttp2Session, path: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    session
      .request({ ":path": path })
      .on("data", (chunk: Buffer) => chunks.push(chunk))
      .on("end", () => resolve(Buffer.concat(chunks)))
      .on("error", reject);
  });
}
