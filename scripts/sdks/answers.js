// What the recorder may answer.
import { gzipSync } from "node:zlib";

export const json =
  (value, status = 200, headers = {}) =>
  (response) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));

export const zipped = (value) => (response) =>
  response
    .writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" })
    .end(gzipSync(JSON.stringify(value)));

export const bytes = (content) => (response) =>
  response.writeHead(200, { "content-type": "application/octet-stream" }).end(content);

export const redirect = (status, location) => (response) => response.writeHead(status, { location }).end();

/** Events of a stream, in pieces that end anywhere: also within a character. */
export const events =
  (list, { end = "end" } = {}) =>
  async (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const all = Buffer.from(list.map(({ event, data }) => textOf(event, data)).join(""));
    for (let at = 0; at < all.length; at += PIECE) {
      response.write(all.subarray(at, at + PIECE));
      await new Promise(setImmediate);
    }
    if (end === "end") response.end();
    if (end === "cut") response.destroy();
  };
const PIECE = 7;

function textOf(event, data) {
  const name = event === undefined ? "" : `event: ${event}\n`;
  return `${name}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;
}

/** Never answers. */
export const silence = () => {};

/** Ends the connection instead of an answer. */
export const reset = (response) => response.socket.resetAndDestroy();
