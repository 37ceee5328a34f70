import { bytes, json, redirect, reset, silence } from "./answers.js";

const form = () => {
  const data = new FormData();
  data.append("a", "Grüße");
  data.append("file", new File(["x\0y"], "n.bin", { type: "x/y" }));
  return data;
};
const QUICK = { limit: 2, delay: () => 1 };

/** Of several pieces: a long one that is a single piece looks like a text, see docs/fetch.md. */
const PIECES = [Buffer.alloc(100_000, "x"), Buffer.alloc(100_000, "y")];

export default {
  package: "ky@1",
  make: ({ default: ky }, { base, fetch }) => ky.create({ prefixUrl: base, fetch, retry: QUICK }),
  calls: {
    "an object": {
      answers: [json({ a: 1 })],
      run: (client) => client.get("x", { searchParams: { q: "ä b" } }).json(),
    },
    "an object that is sent": {
      answers: [json({})],
      run: (client) => client.post("x", { json: { a: "ä" } }).json(),
    },
    "a form": { answers: [json({})], run: (client) => client.post("x", { body: form() }).json() },
    "a stream that is sent": {
      answers: [json({})],
      run: (client) => client.put("x", { body: new Blob(PIECES).stream(), duplex: "half" }).json(),
    },
    "progress of what comes": {
      answers: [bytes(Buffer.alloc(100_000))],
      run: async (client) => {
        let last = {};
        const content = await client
          .get("x", { onDownloadProgress: (progress) => (last = progress) })
          .arrayBuffer();
        return { length: content.byteLength, transferred: last.transferredBytes };
      },
    },
    "hooks that read the answer": {
      answers: [json({ a: 1 })],
      run: async (client) => {
        const seen = [];
        const afterResponse = [
          async (_request, _options, response) => void seen.push(await response.clone().text()),
        ];
        const value = await client.get("x", { hooks: { afterResponse } }).json();
        return { value, seen };
      },
    },
    "retries until there is an answer": {
      answers: [reset, json({}, 503, { "retry-after": "0" }), json({ a: 1 })],
      run: (client) => client.get("x").json(),
    },
    "retries in vain": { answers: [json({}, 503)], run: (client) => client.get("x").json() },
    "an error": { answers: [json({ why: "ä" }, 404)], run: (client) => client.get("x").json() },
    "a redirect": {
      answers: [redirect(303, "/y"), json({})],
      run: async (client) => (await client.post("x")).url.slice(-2),
    },
    "a time limit": {
      answers: [silence],
      run: (client) => client.get("x", { timeout: 100 }).json(),
      isAbandoned: true,
    },
    "an aborted call": {
      answers: [silence],
      run: (client, { whenAsked }) => {
        const controller = new AbortController();
        whenAsked().then(() => controller.abort(new Error("mine")));
        return client.get("x", { signal: controller.signal }).json();
      },
      isAbandoned: true,
    },
  },
};
