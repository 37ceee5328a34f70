import { createReadStream } from "node:fs";
import { bytes, events, json, redirect, reset, silence, zipped } from "./answers.js";

const REPLY = {
  id: "c1",
  object: "chat.completion",
  choices: [{ index: 0, message: { role: "assistant", content: "Grüße" } }],
};
const PARTS = ["Gr", "üß", "e ☃"].map((content) => ({
  data: { id: "c1", object: "chat.completion.chunk", choices: [{ index: 0, delta: { content } }] },
}));
const STREAM = [...PARTS, { data: "[DONE]" }];
const BUSY = { error: { message: "later", type: "busy", code: "rate" } };
const QUESTION = { model: "m", messages: [{ role: "user", content: "héllo" }] };
const AT_ONCE = { "retry-after-ms": "1" };

const ask = (client, options) => client.chat.completions.create(QUESTION, options);

async function deltas(client, { options, onPart = () => {} } = {}) {
  const stream = await client.chat.completions.create({ ...QUESTION, stream: true }, options);
  const parts = [];
  for await (const part of stream) {
    parts.push(part.choices[0]?.delta.content);
    if (onPart(parts, stream) === false) break;
  }
  return parts;
}

export default {
  package: "openai@6",
  make: ({ default: OpenAI }, { base, fetch }) =>
    new OpenAI({ apiKey: "key", baseURL: `${base}/v1`, fetch, maxRetries: 2, timeout: 20_000 }),
  calls: {
    "a reply": { answers: [json(REPLY)], run: (client) => ask(client) },
    "a compressed reply": { answers: [zipped(REPLY)], run: (client) => ask(client) },
    "a stream": { answers: [events(STREAM)], run: (client) => deltas(client) },
    "a stream that is left": {
      answers: [events(PARTS, { end: "never" })],
      run: (client) => deltas(client, { onPart: () => false }),
      isAbandoned: true,
    },
    "a stream that is aborted": {
      answers: [events(PARTS, { end: "never" })],
      run: async (client) => {
        const controller = new AbortController();
        const onPart = (parts) => parts.length === PARTS.length && controller.abort();
        return deltas(client, { options: { signal: controller.signal }, onPart });
      },
      isAbandoned: true,
    },
    "a stream that is cut off": {
      answers: [events(PARTS, { end: "cut" })],
      run: (client) => deltas(client),
    },
    "a file of bytes": {
      answers: [json({ id: "f1" })],
      run: async (client, { sdk }) =>
        client.files.create({ purpose: "batch", file: await sdk.toFile(Buffer.from("ä\0b"), "näme.bin") }),
    },
    "a file that is read": {
      answers: [json({ id: "f1" })],
      run: (client, { path }) => client.files.create({ purpose: "batch", file: createReadStream(path) }),
    },
    "binary content": {
      answers: [bytes(Buffer.alloc(300_000, "\xff", "latin1"))],
      run: async (client) => {
        const response = await client.audio.speech.create({ model: "m", input: "x", voice: "v" });
        return (await response.arrayBuffer()).byteLength;
      },
    },
    "a list over pages": {
      answers: [
        json({ data: [{ id: "a" }], has_more: true }),
        json({ data: [{ id: "b" }], has_more: false }),
      ],
      run: async (client) => {
        const ids = [];
        for await (const { id } of client.files.list()) ids.push(id);
        return ids;
      },
    },
    "retries until there is an answer": {
      answers: [json({}, 500, AT_ONCE), json(BUSY, 429, AT_ONCE), json(REPLY)],
      run: (client) => ask(client),
    },
    "retries in vain": { answers: [json(BUSY, 429, AT_ONCE)], run: (client) => ask(client) },
    "a connection that is reset": {
      answers: [reset, json(REPLY)],
      run: (client) => ask(client),
    },
    "a time limit": {
      answers: [silence],
      run: (client) => ask(client, { timeout: 100, maxRetries: 1 }),
      isAbandoned: true,
    },
    "an aborted call": {
      answers: [silence],
      run: (client, { whenAsked }) => {
        const controller = new AbortController();
        whenAsked().then(() => controller.abort());
        return ask(client, { signal: controller.signal });
      },
      isAbandoned: true,
    },
    "an error of the caller": {
      answers: [json({ error: { message: "no" } }, 400)],
      run: (client) => ask(client),
    },
    "an error without content": {
      answers: [(response) => response.writeHead(404).end()],
      run: (client) => ask(client),
    },
    "a redirect with the same content": {
      answers: [redirect(307, "/elsewhere"), json(REPLY)],
      run: (client) => ask(client),
    },
    "nobody who listens": {
      answers: [],
      run: (_client, { sdk, fetch, closed }) =>
        ask(new sdk.default({ apiKey: "key", baseURL: closed, fetch, maxRetries: 0 })),
    },
  },
};
