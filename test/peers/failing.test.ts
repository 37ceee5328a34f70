import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import type { TlsOptions } from "node:tls";
import { BAD_PEERS, type BadPeer, play } from "../support/bad-peers.ts";
import { fullBacklog } from "../support/black-hole.ts";
import { certificates } from "../support/certificates.ts";
import type { TwinCall } from "../support/curl.ts";
import { closedPort, listen } from "../support/listener.ts";
import { findPeers } from "../support/peer-servers.ts";
import { reset } from "../support/reset.ts";
import { differences } from "../support/twins.ts";

// This can be many, because most calls only wait.
const AT_A_TIME = 16;
// Time limits: for calls that end by themselves, and for those that do not.
const AMPLE_S = 60;
const BRIEF_S = 1;

/** What a listener does with a connection. */
type Behaviour = (socket: Socket) => void;
// The names of behaviours after which a call waits for ever end with this.
const HANGS = " …";
const once = (socket: Socket, then: () => void): Socket => socket.once("data", then).resume();
const say = (...texts: string[]): Behaviour => {
  return (socket) => {
    const left = [...texts];
    socket.on("data", () => socket.write(left.shift() ?? "", "latin1"));
  };
};
const sayAndClose =
  (text: string): Behaviour =>
  (socket) =>
    once(socket, () => socket.end(text, "latin1"));

/**
 * Wrong behaviour for any protocol. If the server acts before the client has sent something, the client may notice it
 * before or after that.
 */
const RUDE: Record<string, Behaviour> = {
  [`says nothing${HANGS}`]: (socket) => socket.resume(),
  "closes when it is spoken to": (socket) => once(socket, () => socket.end()),
  "resets when it is spoken to": (socket) => once(socket, () => reset(socket)),
  "answers garbage and closes": sayAndClose("\x16\x03\x01 not \0 what was asked for\r\n\r\n"),
  "answers garbage and stays": say("what?\r\n\r\n"),
  "answers zeros": sayAndClose("\0".repeat(64)),
};

// Cases in which the curl command, or Debian's version of it, differs from libcurl 8.5. We follow libcurl 8.5.
const UNLIKE_LIBCURL = new Set([
  "but NULs",
  "another coding, left as it is",
  "another coding before chunks, left as it is",
  "by count, in chunks",
  "by count, without a length",
]);

/** Bad proxies for CONNECT and absolute forms. */
const BAD_HTTP_PROXIES: Record<string, Behaviour> = {
  ...RUDE,
  "refuses with 403": sayAndClose("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno"),
  "refuses with 407": sayAndClose(
    'HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 3\r\n\r\nwho',
  ),
  "refuses with 502 and stays": say("HTTP/1.1 502 Bad\r\nContent-Length: 3\r\n\r\nbad"),
  "stops in its head": sayAndClose("HTTP/1.1 200 Conn"),
  "stops between its headers": sayAndClose("HTTP/1.1 200 Connected\r\nX: y\r\n"),
  [`stops in its head and stays${HANGS}`]: say("HTTP/1.1 200 Connected\r\nX"),
  "has 1 MiB of headers": sayAndClose(`HTTP/1.1 200 C\r\n${"X: aaaaaaaaaaa\r\n".repeat(1 << 16)}\r\n`),
  "connects to nothing and closes": sayAndClose("HTTP/1.1 200 Connected\r\n\r\n"),
  "connects to garbage": say("HTTP/1.1 200 Connected\r\nContent-Length: 0\r\n\r\n", "SSH-2.0-lies\r\n"),
  [`connects to silence${HANGS}`]: say("HTTP/1.1 200 Connected\r\n\r\n"),
  "has an HTTP version of its own": sayAndClose("HTTP/7.3 200 Connected\r\n\r\n"),
};

const hex = (text: string): string => Buffer.from(text, "hex").toString("latin1");

const BAD_SOCKS4: Record<string, Behaviour> = {
  ...RUDE,
  ...Object.fromEntries(
    ["5b", "5c", "5d", "00", "ff"].map((code) => [
      `refuses with ${code}`,
      sayAndClose(hex(`00${code}000000000000`)),
    ]),
  ),
  "answers in another version": sayAndClose(hex("045a000000000000")),
  "stops in its answer": sayAndClose(hex("005a00")),
  [`stops in its answer and stays${HANGS}`]: say(hex("005a00")),
  "connects to nothing and closes": sayAndClose(hex("005a000000000000")),
  [`connects to silence${HANGS}`]: say(hex("005a000000000000")),
};

const BAD_SOCKS5: Record<string, Behaviour> = {
  ...RUDE,
  "takes no method": sayAndClose(hex("05ff")),
  "wants a method that was not offered": sayAndClose(hex("0503")),
  "wants a login that there is not": sayAndClose(hex("0502")),
  "is of another version": sayAndClose(hex("0400")),
  "stops after its method": (socket) => once(socket, () => socket.end(Buffer.from([5, 0]))),
  [`stays after its method${HANGS}`]: say(hex("0500")),
  ...Object.fromEntries(
    ["01", "02", "03", "04", "05", "06", "07", "08", "09", "ff"].map((code) => [
      `refuses with ${code}`,
      say(hex("0500"), hex(`05${code}0001000000000000`)),
    ]),
  ),
  "refuses in another version": say(hex("0500"), hex("04000001000000000000")),
  "answers with an unknown type of address": say(hex("0500"), hex("05000009000000000000")),
  [`stays in its answer${HANGS}`]: say(hex("0500"), hex("05000001")),
  [`connects to silence${HANGS}`]: say(hex("0500"), hex("05000001000000000000")),
  [`connects to a name${HANGS}`]: say(hex("0500"), hex("050000030161 0000".replace(" ", ""))),
};

const PROXIES: Record<string, Record<string, Behaviour>> = {
  http: BAD_HTTP_PROXIES,
  socks4: BAD_SOCKS4,
  socks4a: BAD_SOCKS4,
  socks5: BAD_SOCKS5,
  socks5h: BAD_SOCKS5,
};

describe("curl and we fail alike", () => {
  const { ports } = findPeers();
  const httpbin = `http://127.0.0.1:${ports.httpbin}`;
  const nginx = `https://localhost:${ports.tls}`;

  async function compare(t: TestContext, calls: TwinCall[]): Promise<void> {
    assert.deepEqual(await differences(calls, { atATime: AT_A_TIME }), []);
    t.diagnostic(`${calls.length} calls came out as curl's did`);
  }

  async function serve(t: TestContext, behaviour: Behaviour, tls?: TlsOptions): Promise<number> {
    const listener = await listen(t, behaviour, tls === undefined ? {} : { tls });
    return listener.port;
  }

  it("at servers that do not do what they should", async (t) => {
    const calls: TwinCall[] = [];
    for (const [what, cases] of Object.entries(BAD_PEERS)) {
      for (const [how, peer] of Object.entries(cases)) {
        if (UNLIKE_LIBCURL.has(how)) continue;
        const port = await serve(t, (socket) => once(socket, () => void play(socket, peer)));
        calls.push(attemptAt(peer, `${what}, ${how}`, port));
      }
    }
    await compare(t, calls);
  });

  it("at servers that are not there, or speak another protocol", async (t) => {
    const nowhere = await closedPort();
    const hole = await fullBacklog(t);
    const { good } = certificates();
    const tls = { cert: good.cert, key: good.key };
    const urls: [what: string, url: string][] = [
      ["nothing listens", `http://127.0.0.1:${nowhere}/`],
      ["nothing listens", `https://127.0.0.1:${nowhere}/`],
      ["nothing listens", `http://localhost:${nowhere}/`],
      ["nothing listens", `http://[::1]:${nowhere}/`],
      [`a black hole${HANGS}`, `http://${hole.address}:${hole.port}/`],
      [`a black hole${HANGS}`, `https://${hole.address}:${hole.port}/`],
      ["no such name", "http://nobody.invalid/"],
      ["no such name", "https://nobody.invalid/"],
      ["TLS to plain", `https://127.0.0.1:${ports.plain}/`],
      ["plain to TLS", `http://127.0.0.1:${ports.tls}/`],
    ];
    for (const [what, behaviour] of Object.entries(RUDE)) {
      const [plain, inside] = [await serve(t, behaviour), await serve(t, behaviour, tls)];
      urls.push([what, `http://127.0.0.1:${plain}/`], [what, `https://127.0.0.1:${plain}/`]);
      urls.push([`inside TLS, ${what}`, `https://127.0.0.1:${inside}/`]);
    }
    const unverified = { proxy: "", tls_verify_peer: false, tls_verify_host: false };
    const calls = urls.flatMap(([what, url]) => {
      const call = attempt(what, url, unverified);
      const briefly = {
        ...call,
        options: { ...call.options, connect_timeout: BRIEF_S, timeout: 3 * BRIEF_S },
      };
      return [call, { ...call, post: "a=b" }, ...(call.ends ? [] : [briefly])];
    });
    await compare(t, calls);
  });

  for (const [scheme, behaviours] of Object.entries(PROXIES)) {
    it(`at ${scheme} proxies that refuse, hang, drop or lie`, async (t) => {
      const proxies: [what: string, proxy: string][] = [
        ["nothing listens", `${scheme}://127.0.0.1:${await closedPort()}`],
      ];
      // For a SOCKS proxy, the result of libcurl is not always the same.
      if (scheme === "http") proxies.push(["no such name", "http://nobody.invalid:1"]);
      for (const [what, behaviour] of Object.entries(behaviours)) {
        proxies.push([what, `${scheme}://127.0.0.1:${await serve(t, behaviour)}`]);
      }
      const urls = [`${httpbin}/get`, `${nginx}/who`];
      await compare(
        t,
        proxies.flatMap(([what, proxy]) => urls.map((url) => attempt(what, url, { proxy }))),
      );
    });
  }

  it("at redirects to every wrong place", async (t) => {
    const nowhere = await closedPort();
    const places = [
      `http://127.0.0.1:${nowhere}/`,
      "http://nobody.invalid/",
      `https://127.0.0.1:${ports.plain}/`,
      `https://localhost:${ports.expired}/`,
      `https://localhost:${ports.wrongName}/`,
      ...["ftp://h/", "file:///etc/passwd", "gopher://h/", "foo:bar", "http:", "http://", "http://:80/"],
      ...["http://h:99999/", "http://h:x/", "http://a b/", "http://[::1/", "//", "///", "http:///"],
      ...["\t/x", "/x\ty", "http://h/\x01", "?", "#", "/redirect/9", "\\\\h\\x"],
    ];
    const made: TwinCall[] = [];
    for (const place of places) {
      const head = `HTTP/1.1 302 Go\r\nLocation: ${place}\r\nContent-Length: 0\r\n\r\n`;
      const port = await serve(t, sayAndClose(head));
      const call = attempt(JSON.stringify(place), `http://127.0.0.1:${port}/`, { proxy: "", redirects: 3 });
      made.push(call, { ...call, post: "a=b" });
    }
    await compare(t, made);
  });
});

/** A call with a description. If it has no time limit, it gets a long one, or a short one if it never ends. */
function attempt(what: string, url: string, options: TwinCall["options"]): TwinCall {
  const ends = !what.endsWith(HANGS);
  return { what, url, ends, options: { timeout: ends ? AMPLE_S : BRIEF_S, ...options } };
}

function attemptAt({ changes = {} }: BadPeer, what: string, port: number): TwinCall {
  const { timeout, maxFileSize, redirects = 0 } = changes;
  const size = maxFileSize === undefined ? {} : { max_file_size: maxFileSize };
  const name = timeout === undefined ? what : what + HANGS;
  return attempt(name, `http://127.0.0.1:${port}/`, { proxy: "", redirects, ...size });
}
