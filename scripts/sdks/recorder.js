// A server that records its requests, and answers them as it is told.
import { once } from "node:events";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";

/** Headers in which the `fetch` of Node and ours differ, as docs/fetch.md says. */
const DIFFERENT = ["accept-encoding", "accept-language", "sec-fetch-mode"];
/** What is sent by the one who has nothing better to say. */
const USER_AGENT = "node";
const LIMIT_MS = 10_000;

export class Recorder {
  /** What came since `play`: requests, and the ends of those that nobody waited for. */
  seen = [];
  #answers = [];
  #asked = [];
  #abandoned = [];
  #server = createServer((request, response) => void this.#serve(request, response));

  static async start() {
    const recorder = new Recorder();
    await once(recorder.#server.listen(0, "127.0.0.1"), "listening");
    return recorder;
  }

  get base() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** Begins again. The last of the answers is given to all later requests. */
  play(answers) {
    this.seen = [];
    this.#answers = [...answers];
  }

  /** @returns Promise of the next request */
  whenAsked() {
    return new Promise((resolve) => this.#asked.push(resolve));
  }

  /** @returns Promise of the moment in which the last request is one that nobody waits for */
  whenAbandoned() {
    if (this.seen.at(-1)?.isAbandoned) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#abandoned.push(resolve);
      setTimeout(() => reject(new Error("the last request was not abandoned")), LIMIT_MS).unref();
    });
  }

  async close() {
    this.#server.closeAllConnections();
    await once(this.#server.close(), "close");
  }

  async #serve(request, response) {
    const [answer, ...others] = this.#answers;
    if (others.length > 0) this.#answers = others;
    const { method, url: target, headers } = request;
    const body = await buffer(request).catch(() => null);
    if (body === null) return;
    const entry = { method, target, ...normalize(headers, body.toString("latin1")) };
    this.seen.push(entry);
    response.on("close", () => {
      if (response.writableFinished) return;
      entry.isAbandoned = true;
      if (entry === this.seen.at(-1)) for (const resolve of this.#abandoned.splice(0)) resolve();
    });
    for (const resolve of this.#asked.splice(0)) resolve();
    await answer(response, request);
  }
}

/** Headers that must be the same, and the body. The boundary of a form is random. */
function normalize(headers, body) {
  const kept = Object.entries(headers).filter(
    ([name, value]) => !DIFFERENT.includes(name) && !(name === "user-agent" && value === USER_AGENT),
  );
  const [, boundary] = /boundary=(.*)$/.exec(headers["content-type"] ?? "") ?? [];
  const clean = (text) => (boundary === undefined ? text : text.replaceAll(boundary, "BOUNDARY"));
  const lengths = boundary === undefined ? {} : { "content-length": "as long as the form" };
  const own = Object.fromEntries(kept.map(([name, value]) => [name, clean(String(value))]).sort());
  return { headers: { ...own, ...(own["content-length"] && lengths) }, body: clean(body) };
}
