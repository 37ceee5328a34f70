import { events, json, reset, silence } from "./answers.js";

const MESSAGE = {
  id: "m1",
  type: "message",
  role: "assistant",
  model: "m",
  content: [{ type: "text", text: "Grüße" }],
  stop_reason: "end_turn",
  usage: { input_tokens: 1, output_tokens: 2 },
};
const typed = (data) => ({ event: data.type, data });
const STREAM = [
  { type: "message_start", message: { ...MESSAGE, content: [], stop_reason: null } },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "ping" },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Grü" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "ße ☃" } },
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 9 } },
  { type: "message_stop" },
].map(typed);
const OVERLOADED = { type: "error", error: { type: "overloaded_error", message: "later" } };
const AT_ONCE = { "retry-after-ms": "1" };
const QUESTION = { model: "m", max_tokens: 9, messages: [{ role: "user", content: "héllo" }] };

export default {
  package: "@anthropic-ai/sdk@1",
  make: ({ default: Anthropic }, { base, fetch }) =>
    new Anthropic({ apiKey: "key", baseURL: base, fetch, maxRetries: 2, timeout: 20_000 }),
  calls: {
    "a message": { answers: [json(MESSAGE)], run: (client) => client.messages.create(QUESTION) },
    "a stream": {
      answers: [events(STREAM)],
      run: async (client) => {
        const texts = [];
        const stream = client.messages.stream(QUESTION).on("text", (text) => texts.push(text));
        return { texts, message: await stream.finalMessage() };
      },
    },
    "a stream that is aborted": {
      answers: [events(STREAM.slice(0, 4), { end: "never" })],
      run: (client) => {
        const stream = client.messages.stream(QUESTION);
        return stream.on("text", () => stream.abort()).finalMessage();
      },
      isAbandoned: true,
    },
    "a stream with an error in it": {
      answers: [events([...STREAM.slice(0, 4), typed(OVERLOADED)])],
      run: (client) => client.messages.stream(QUESTION).finalMessage(),
    },
    "a stream that is cut off": {
      answers: [events(STREAM.slice(0, 4), { end: "cut" })],
      run: (client) => client.messages.stream(QUESTION).finalMessage(),
    },
    "retries until there is an answer": {
      answers: [reset, json(OVERLOADED, 529, AT_ONCE), json(MESSAGE)],
      run: (client) => client.messages.create(QUESTION),
    },
    "retries in vain": {
      answers: [json(OVERLOADED, 529, AT_ONCE)],
      run: (client) => client.messages.create(QUESTION),
    },
    "a time limit": {
      answers: [silence],
      run: (client) => client.messages.create(QUESTION, { timeout: 100, maxRetries: 0 }),
      isAbandoned: true,
    },
  },
};
