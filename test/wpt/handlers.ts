import { setTimeout as sleep } from "node:timers/promises";
import type { Answer, Asked, Handler } from "./exchange.ts";

// The handlers that the tests need, made again. In the suite, each is a file of its path in Python.

const TEXT = ["content-type", "text/plain"] as const;
const FIRST_BYTES = 2048;

const folderOf = ({ path }: Asked): string => path.slice(0, path.lastIndexOf("/") + 1);
const numberOf = ({ query }: Asked, name: string, otherwise: number): number =>
  Number(query.first(name, String(otherwise)));
const raw = (body: string): Answer => ({ isRaw: true, body });
const coded =
  (coding: string): Handler =>
  () => ({ headers: [["content-encoding", coding]], body: `not actually ${coding}` });

const OF_CONTENT = [
  "content-type",
  "content-length",
  "content-encoding",
  "content-language",
  "content-location",
];

export const HANDLERS: Readonly<Record<string, Handler>> = {
  "/common/redirect.py": (asked) => ({
    status: numberOf(asked, "status", 302),
    headers: [["location", asked.query.first("location")]],
  }),

  "/fetch/api/resources/authentication.py": (asked) => {
    if (asked.header("authorization") === `Basic ${btoa("user:password")}`)
      return { body: "Authentication done" };
    const realm = asked.query.first("realm", "test");
    return { status: 401, text: "Unauthorized", headers: [["www-authenticate", `Basic realm="${realm}"`]] };
  },

  "/fetch/api/resources/bad-chunk-encoding.py": (asked) => ({ isRaw: true, body: badChunks(asked) }),

  "/fetch/api/resources/cache.py": ({ header }) => {
    const tag = '"123abc"';
    if (header("if-none-match") === tag) return { status: 304, headers: [["x-http-status", "304"]] };
    return { headers: [["etag", tag], TEXT], body: "lorem ipsum dolor sit amet" };
  },

  "/fetch/api/resources/clean-stash.py": ({ stash, query, path }) => ({
    body: stash.take(path, query.first("token")) === null ? "0" : "1",
  }),

  "/fetch/api/resources/dump-authorization-header.py": ({ header }) => ({
    headers: [["content-type", "text/html"]],
    body: header("authorization") ?? "none",
  }),

  "/fetch/api/resources/echo-content.py": ({ method, header, body }) => ({
    headers: [
      ["x-request-method", method],
      ["x-request-content-length", header("content-length") ?? "NO"],
      ["x-request-content-type", header("content-type") ?? "NO"],
      TEXT,
    ],
    body,
  }),

  "/fetch/api/resources/infinite-slow-response.py": (asked) => ({ headers: [TEXT], body: dots(asked) }),

  "/fetch/api/resources/inspect-headers.py": ({ query, header }) => {
    const seen = query.first("headers").split("|");
    const found = seen.map((name) => [`x-request-${name}`, header(name)] as const);
    return {
      headers: [
        ...found.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
        TEXT,
      ],
    };
  },

  "/fetch/api/resources/method.py": ({ method, header, body }) => ({
    headers: [
      ["x-request-method", method],
      ...OF_CONTENT.map((name) => [`x-request-${name}`, header(name) ?? "NO"] as const),
    ],
    body,
  }),

  "/fetch/api/resources/redirect-empty-location.py": () => ({ status: 302, headers: [["location", ""]] }),

  "/fetch/api/resources/redirect.py": redirect,
  "/fetch/api/resources/stash-put.py": (asked) => {
    asked.stash.put(folderOf(asked), asked.query.first("key"), asked.query.first("value"));
    return { body: "done" };
  },
  "/fetch/api/resources/stash-take.py": (asked) => ({
    headers: [["content-type", "application/json"]],
    body: JSON.stringify(asked.stash.take(folderOf(asked), asked.query.first("key"))),
  }),

  "/fetch/api/resources/status.py": status,
  "/xhr/resources/status.py": status,

  "/fetch/api/resources/trickle.py": (asked) => ({
    headers: asked.query.has("notype") ? [] : [TEXT],
    body: trickle(asked),
  }),

  "/fetch/connection-pool/resources/network-partition-key.py": countConnections,

  "/fetch/content-encoding/br/resources/bad-br-body.py": coded("br"),
  "/fetch/content-encoding/gzip/resources/bad-gzip-body.py": coded("gzip"),
  "/fetch/content-encoding/zstd/resources/bad-zstd-body.py": coded("zstd"),

  "/fetch/content-length/resources/content-length.py": ({ query }) =>
    raw(
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain;charset=UTF-8\r\nConnection: close\r\n" +
        `${query.first("length")}\r\n\r\nFact: this is really forty-two bytes long.`,
    ),

  "/fetch/content-type/resources/content-type.py": ({ query }) => {
    const values = query.list("value");
    const given = query.has("single_header") ? [values.join(",")] : values;
    const content = query.first("content", "<b>hi</b>\n");
    const lines = given.map((value) => `Content-Type: ${value}\r\n`).join("");
    return raw(
      `HTTP/1.1 200 OK\r\nX-Content-Type-Options: nosniff\r\n${lines}` +
        `Content-Length: ${content.length}\r\nConnection: close\r\n\r\n${content}`,
    );
  },

  "/fetch/h1-parsing/resources/message.py": ({ query }) => raw(query.first("message")),
  "/fetch/h1-parsing/resources/status-code.py": ({ query }) =>
    raw(`HTTP/1.1 ${query.first("input")}\nheader-parsing: is sad\n`),

  "/xhr/resources/echo-headers.py": ({ headers }) => ({
    headers: [TEXT],
    body: headers.map(([name, value]) => `${name}: ${value}\n`).join(""),
  }),

  "/xhr/resources/parse-headers.py": ({ query }) => {
    const value = query.first("my-custom-header");
    return { headers: [["my-custom-header", value]] };
  },
};

function status(asked: Asked): Answer {
  const { query, method } = asked;
  return {
    status: numberOf(asked, "code", 200),
    text: query.first("text", "OMG"),
    headers: [
      ["content-type", query.first("type")],
      ["x-request-method", method],
    ],
    body: query.first("content"),
  };
}

async function redirect(asked: Asked): Promise<Answer> {
  const { query, stash, path } = asked;
  const token = query.first("token");
  const count = (token === "" ? 0 : Number(stash.take(path, token))) + 1;
  await sleep(numberOf(asked, "delay", 0));
  if (token !== "") stash.put(path, token, count);
  // The last one is no redirect.
  if (token !== "" && query.has("max_count") && count > numberOf(asked, "max_count", 0))
    return { headers: [TEXT], body: String(count - 1) };
  const headers = query.has("location") ? [["location", locationOf(query, count)] as const] : [];
  return { status: numberOf(asked, "redirect_status", 302), headers: [TEXT, ...headers] };
}

/** A location of HTTP keeps the parameters, and changes each time. */
function locationOf(query: Asked["query"], count: number): string {
  const given = query.first("location");
  if (query.has("simple") || !/^(?:https?:|[^:]*$|[^:]*[/?#])/.test(given)) return given;
  const parameters = new URLSearchParams(query.all.map(([name, value]): [string, string] => [name, value]));
  return `${given}${given.includes("?") ? "&" : "?"}${parameters}&count=${count}`;
}

async function* badChunks(asked: Asked): AsyncGenerator<string> {
  const delay = numberOf(asked, "ms", 1000);
  await sleep(delay);
  yield "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  await sleep(delay);
  for (let left = numberOf(asked, "count", 50); left > 0; left--) {
    yield "a\r\nTEST_CHUNK\r\n";
    await sleep(delay);
  }
  yield "garbage";
}

async function* trickle(asked: Asked): AsyncGenerator<string> {
  const delay = numberOf(asked, "ms", 500);
  await sleep(2 * delay);
  for (let left = numberOf(asked, "count", 50); left > 0; left--) {
    yield "TEST_TRICKLE\n";
    await sleep(delay);
  }
}

/** Goes on until nobody reads it, or until it is told to stop. What became of it is in the stash. */
async function* dots(asked: Asked): AsyncGenerator<string> {
  const { query, stash } = asked;
  const folder = folderOf(asked);
  const note = (state: string): void => {
    if (query.has("stateKey")) stash.put(folder, query.first("stateKey"), state);
  };
  note("open");
  try {
    yield ".".repeat(FIRST_BYTES);
    while (!query.has("abortKey") || stash.take(folder, query.first("abortKey")) === null) {
      yield ".";
      await sleep(10);
    }
  } finally {
    note("closed");
  }
}

interface Seen {
  requests: number;
  readonly peers: Set<string>;
}

function countConnections(asked: Asked): Answer {
  const { query, stash, path, peer } = asked;
  const key = query.first("uuid");
  const seen = (stash.take(path, key) as Seen | null) ?? { requests: 0, peers: new Set<string>() };
  seen.requests++;
  seen.peers.add(peer);
  stash.put(path, key, seen);
  const counts = ` Request was sent ${seen.requests} times. ${seen.peers.size} connections were created.`;
  return { status: numberOf(asked, "status", 200), headers: [TEXT], body: `ok.${counts}` };
}
