import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CallOptions, ErrorCode } from "../../host/index.ts";
import type { Issued } from "./certificates.ts";

/** One call that both the curl command and we can make. */
export interface TwinCall {
  /** What the call tests, for the report. */
  what?: string;
  /** Whether it must end by itself, long before its timeout. */
  ends?: boolean;
  /** Whether the curl command is to use HTTP/2. It must, then. @default HTTP/1.1 */
  http2?: boolean;
  url: string;
  options?: Omit<CallOptions, "tls_client_cert" | "headers"> & { headers?: string[] };
  post?: string | Blob | Record<string, { data: string; type?: string; filename?: string }>;
  client?: { leaf: Issued; chain: Issued[] };
}

/** The outcome of a call. */
export type TwinOutcome = { status: number; content: string } | { code: ErrorCode | string };

// Exit codes of the curl command.
const CODES: Readonly<Record<number, ErrorCode>> = {
  1: "UNSUPPORTED_PROTOCOL",
  3: "URL_MALFORMAT",
  5: "COULDNT_RESOLVE_PROXY",
  6: "COULDNT_RESOLVE_HOST",
  7: "COULDNT_CONNECT",
  8: "WEIRD_SERVER_REPLY",
  16: "HTTP2",
  18: "PARTIAL_FILE",
  23: "WRITE_ERROR",
  27: "OUT_OF_MEMORY",
  28: "OPERATION_TIMEDOUT",
  35: "SSL_CONNECT_ERROR",
  43: "BAD_FUNCTION_ARGUMENT",
  45: "INTERFACE_FAILED",
  47: "TOO_MANY_REDIRECTS",
  52: "GOT_NOTHING",
  55: "SEND_ERROR",
  56: "RECV_ERROR",
  60: "PEER_FAILED_VERIFICATION",
  63: "FILESIZE_EXCEEDED",
  92: "HTTP2_STREAM",
  97: "PROXY",
};
// Without the proxies of the environment, and with a UTF-8 locale.
const ENVIRONMENT = { PATH: process.env.PATH, LC_ALL: "C.UTF-8" };

// The variable CURL may name a curl that is not the system's.
const { CURL: COMMAND = "curl" } = process.env;

let runs = 0;

/** Makes the call with the curl command. */
export async function curl(call: TwinCall, authority: Pick<Issued, "certPath">): Promise<TwinOutcome> {
  const output = join(tmpdir(), `twin-${process.pid}-${runs++}`);
  const schemes = ["--proto", "=http,https", "--proto-redir", "=http,https"];
  const fixed = ["-q", ...schemes, "-g", "-s", "-A", "", "-o", output, "-w", "%{http_code} %{http_version}"];
  const version = call.http2 ? "--http2" : "--http1.1";
  const trust = ["--cacert", authority.certPath, "--proxy-cacert", authority.certPath];
  const args = [...fixed, version, ...trust, ...(await flags(call)), call.url];
  const child = spawn(COMMAND, args, { env: ENVIRONMENT, stdio: ["pipe", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
  });
  // curl may end before it has read all its input.
  child.stdin.on("error", () => {});
  child.stdin.end(await streamed(call.post));
  const [exitCode] = await once(child, "close");
  const content = await readFile(output, "latin1").catch(() => "");
  await rm(output, { force: true });
  if (exitCode !== 0) return { code: CODES[exitCode] ?? `exit ${exitCode}` };
  const [status, protocol] = said.split(" ");
  if (call.http2 && protocol !== "2") throw new Error(`curl used HTTP/${protocol} for ${call.url}`);
  // With -I, the head is in the file.
  return { status: Number(status), content: call.options?.method === "HEAD" ? "" : content };
}

/** The standard input of the command. */
async function streamed(post: TwinCall["post"]): Promise<string | Buffer> {
  if (post instanceof Blob) return Buffer.from(await post.arrayBuffer());
  return typeof post === "string" ? post : "";
}

async function flags({ options = {}, post, client }: TwinCall): Promise<string[]> {
  const { username, password, redirects, tls_verify_peer, headers = [] } = options;
  const list = [
    ...headers.flatMap((header) => ["-H", header]),
    ...(options.method === "HEAD" ? ["-I"] : value("-X", options.method)),
    ...value("-x", options.proxy),
    ...value("-m", options.timeout),
    ...value("--connect-timeout", options.connect_timeout),
    ...value("--max-filesize", options.max_file_size),
    ...value("--interface", options.sourceip),
    ...value("--aws-sigv4", options.aws_sigv4),
  ];
  if (username !== undefined) list.push("-u", `${username}:${password ?? ""}`);
  if (redirects) list.push("-L", "--max-redirs", String(redirects));
  if (tls_verify_peer === false) list.push("-k");
  if (client !== undefined) list.push("--cert", client.leaf.certPath, "--key", client.leaf.keyPath);
  return [...list, ...posting(post, options.method)];
}

function value(flag: string, given: unknown): string[] {
  return given === undefined ? [] : [flag, String(given)];
}

function posting(post: TwinCall["post"], method: unknown): string[] {
  if (post === undefined) return [];
  if (typeof post === "string") return ["--data-binary", "@-"];
  // A File has no length. It is sent with POST if no other method is set.
  if (post instanceof Blob) {
    const verb = method === undefined ? ["-X", "POST"] : [];
    return ["-T", "-", "-H", "Content-Type: application/octet-stream", ...verb];
  }
  return Object.entries(post).flatMap(([name, { data, type, filename }]) => {
    const details = [type && `type=${type}`, filename && `filename=${filename}`].filter(Boolean);
    return ["-F", [`${name}=${data}`, ...details].join(";")];
  });
}
