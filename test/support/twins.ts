import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import type { Issued } from "./certificates.ts";
import { curl, type TwinCall, type TwinOutcome } from "./curl.ts";
import { findPeers } from "./peer-servers.ts";

const AT_A_TIME = 4;

/** How calls are compared. */
export interface Comparing {
  atATime?: number;
  /** The trusted authority. @default the peers' authority */
  authority?: Pick<Issued, "cert" | "certPath">;
}

/** Makes each call in both ways, a few at a time. Describes the calls whose outcomes differ. */
export async function differences(
  calls: readonly TwinCall[],
  { atATime = AT_A_TIME, authority = findPeers().certificates.authority }: Comparing = {},
): Promise<string[]> {
  const config = { threads: [{ id: "twin" }] };
  await using plugin = await createHttpBackground(config, { ca: authority.cert, env: {} });
  const waiting = calls.entries();
  const found: string[] = [];
  const work = async (): Promise<void> => {
    for (const [, call] of waiting) {
      const [theirs, ours] = await Promise.all([curl(call, authority), ourOutcome(plugin, call)]);
      const [expected, actual] = [known(theirs, ours, call), ours].map((outcome) => describe(outcome, call));
      if (call.ends && "code" in ours && ours.code === "OPERATION_TIMEDOUT")
        found.push(short(`${JSON.stringify(call)}: hangs`));
      if (expected !== actual) found.push(short(`${JSON.stringify(call)}: curl ${expected}, we ${actual}`));
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
  return found;
}

const MOST_SHOWN = 2000;

/** Without the repetitions and the middle of large content, so that both outcomes can be seen. */
function short(text: string): string {
  const once = text.replace(/(.)\1{99,}/g, (run, character) => `${character}*${run.length}`);
  const half = MOST_SHOWN / 2;
  return once.length <= MOST_SHOWN ? once : `${once.slice(0, half)} … ${once.slice(-half)}`;
}

async function ourOutcome(
  plugin: HttpBackground,
  { url, options, post, client }: TwinCall,
): Promise<TwinOutcome> {
  const certificate =
    client === undefined
      ? {}
      : {
          tls_client_cert: {
            x509: client.leaf.cert,
            privatekey: client.leaf.key,
            chain: client.chain.map(({ cert }) => cert),
          },
        };
  const result = await plugin.http_background("twin", url, { ...options, ...certificate }, post);
  if (result.error !== undefined) return { code: result.code };
  return { status: result.status, content: result.content.toString("latin1") };
}

// Parts that differ in each request.
const UNIQUE: [pattern: RegExp, replacement: string][] = [
  [/boundary=[-\w]+/g, "boundary=B"],
  [/Signature=[0-9a-f]{64}/g, "Signature=S"],
  [/"X-(\w+)-Date":"\d{8}T\d{6}Z"/g, '"X-$1-Date":"D"'],
  [/(Credential=[^/"]*)\/\d{8}\//g, "$1/D/"],
];

const OF_A_BODY = new Set(["Content-Length", "Transfer-Encoding"]);
const BETWEEN_OBJECTS = /(?<=\})\n(?=\{)/;

/** Within the TLS of an HTTPS proxy, curl does not report why a certificate was refused (docs/deviations.md). */
function known(theirs: TwinOutcome, ours: TwinOutcome, { url, options }: TwinCall): TwinOutcome {
  const isTlsInTls = url.startsWith("https:") && options?.proxy?.toString().startsWith("https:");
  const isThat =
    "code" in theirs &&
    theirs.code === "SSL_CONNECT_ERROR" &&
    "code" in ours &&
    ours.code === "PEER_FAILED_VERIFICATION";
  return isTlsInTls && isThat ? ours : theirs;
}

function describe(outcome: TwinOutcome, call: TwinCall): string {
  if (!("content" in outcome)) return JSON.stringify(outcome);
  const content = UNIQUE.reduce(
    (text, [pattern, replacement]) => text.replace(pattern, replacement),
    withoutFraming(outcome.content, call),
  );
  return JSON.stringify({ ...outcome, content });
}

/** If httpbin repeats the headers of a request: the content without undici's own headers, and without a length of 0. */
function withoutFraming(content: string, { options, post, http2 }: TwinCall): string {
  if (!content.startsWith("{")) return content;
  // squid, and servers of HTTP/2, may change the framing of a body without a length. It depends on how soon it comes.
  const isPassedOn = http2 || options?.proxy?.toString().startsWith("http");
  const isReframed = post instanceof Blob && isPassedOn;
  return content
    .split(BETWEEN_OBJECTS)
    .map((text) => {
      const said = JSON.parse(text) as { headers?: Record<string, string> };
      const kept = Object.entries(said.headers ?? {}).filter(
        ([name, value]) => !isFraming(name, value) && !(isReframed && OF_A_BODY.has(name)),
      );
      return JSON.stringify({ ...said, headers: Object.fromEntries(kept) });
    })
    .join("\n");
}

function isFraming(name: string, value: string): boolean {
  return name === "Connection" || name === "Expect" || (name === "Content-Length" && value === "0");
}
