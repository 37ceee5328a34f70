import {
  type CallSettings,
  type Config,
  createHttpBackground,
  type HttpBackground,
  type Result,
  type StringLike,
} from "../index.ts";
import { AUTHORITY_FLAGS, asAuthorityMistake, readAuthorities } from "./authorities.ts";
import { type Command, Mistake } from "./command.ts";
import { readConfig } from "./config-file.ts";
import { parseFlags } from "./flags.ts";
import { readOptions } from "./option-values.ts";
import { outputFor } from "./output.ts";
import { type Post as OpenPost, openPost } from "./post.ts";
import { showProgress } from "./progress.ts";
import { asBytes, requireText } from "./raw-arguments.ts";
import { endOnSignal, Interrupted } from "./signals.ts";

const HELP = `Usage: http-background call ID URL [-o NAME=VALUE …] [-d TEXT | -f FILE | -F NAME=VALUE …]
                            [--config FILE] [--cacert FILE] [--compressed] [--raw] [--output FILE]

Makes one request and prints {"status", "content"} or {"error", "code"} as JSON. Content that is not UTF-8 is
printed as {"base64"}.

  ID                     a thread of the configuration; without --config any name
  -o, --option NAME=VALUE
                         sets an option of the call; headers and tls_client_cert.chain may be repeated
  -d, --data TEXT        sends a string
  -f, --file FILE        sends a file, which is streamed; - means standard input
  -F, --form NAME=VALUE  sends a field of a form. NAME=@FILE sends a file, NAME=<FILE the content of a file
                         as text. You can append ;type=TYPE ;filename=NAME ;encoder=ENCODER
      --config FILE      Halon's smtpd.yaml, or {"threads": […]} as YAML or JSON
      --cacert FILE      trusts the certificates in this file (PEM) instead of the system's
      --compressed       asks for compressed content, and takes the compression off: gzip, deflate, br, and zstd
                         from Node 22.15 on
      --raw              prints only the content, byte for byte, while it comes; an error goes to standard error
      --output FILE      writes the content there while it comes, and prints {"status"} alone. The file takes its
                         name when all is written. - is the same as --raw
  -h, --help             prints this help

Options (see docs/options.md):
  timeout, connect_timeout (seconds), max_file_size (bytes), redirects      numbers
  tls_verify_peer, tls_verify_host                                          true or false
  method, username, password, aws_sigv4, encoder, proxy, sourceip           text
  http_version                                                              1.1 or 2
  headers                                                                   one header, or a JSON array
  tls_client_cert.x509, tls_client_cert.privatekey, tls_client_cert.chain   PEM files
  tls_client_cert                                                           all three, as JSON with texts in PEM

Exit codes: 0 the server answered, with any status; 1 the request failed; 2 the command was wrong.

Examples:
  http-background call default 'https://httpbin.org/get?a=b' -o timeout=5
  http-background call default https://httpbin.org/post -F field1=test -F 'mail=@mail.eml;encoder=base64'
  http-background call default https://httpbin.org/post -d '{}' -o 'headers=Content-Type: application/json'
`;

/** `http-background call`. */
export const call: Command = { help: HELP, takesBytes: true, run };

const FLAGS = {
  ...AUTHORITY_FLAGS,
  option: { type: "string", short: "o", multiple: true },
  data: { type: "string", short: "d", multiple: true },
  file: { type: "string", short: "f", multiple: true },
  form: { type: "string", short: "F", multiple: true },
  config: { type: "string" },
  compressed: { type: "boolean" },
  raw: { type: "boolean" },
  output: { type: "string" },
} as const;

const NO_TERMINAL = { isTTY: false as const, write: () => true };

async function run(args: string[]): Promise<number> {
  const { id, url, flags } = parseCall(args);
  const output = outputFor(flags);
  const options = await readOptions(flags.option ?? []);
  const config = await configFor(id, flags.config);
  const http = await open(config, flags);
  const post = await openPost(flags);
  try {
    const settings = { into: output.into, decompress: flags.compressed };
    return await output.print(await perform(http, [id, url, options, post], settings));
  } catch (error) {
    // All is closed. What a reader that stands still has not taken would keep the process alive.
    if (error instanceof Interrupted && process.stdout.writableLength > 0) process.exit(error.exitCode);
    throw error;
  } finally {
    await post.close();
  }
}

interface Call {
  id: string;
  url: StringLike;
  flags: ReturnType<typeof parseFlags<typeof FLAGS>>["values"];
}

function parseCall(args: string[]): Call {
  const { positionals, values } = parseFlags(args, FLAGS);
  const [id, url, ...more] = positionals;
  if (id === undefined || url === undefined) throw new Mistake("it takes an ID and a URL");
  if (more.length > 0) throw new Mistake(`too many arguments: "${more.join(" ")}"`);
  return { id: requireText("ID", id), url: asBytes(url), flags: values };
}

/** Without a file, the configuration has only the requested thread, without limits. */
async function configFor(id: string, path: string | undefined): Promise<Config> {
  if (path === undefined) return { threads: [{ id }] };
  const config = await readConfig(path);
  if (config.threads.some((thread) => thread.id === id)) return config;
  const ids = config.threads.map((thread) => `"${thread.id}"`).join(", ");
  throw new Mistake(`Missing ID in configuration: ${path} has ${ids || "no threads"}, not "${id}"`);
}

type CallArguments = [id: string, url: StringLike, options: object, post: OpenPost];

async function open(config: Config, flags: { cacert?: string }): Promise<HttpBackground> {
  const ca = await readAuthorities(flags);
  return createHttpBackground(config, { ca }).catch((error: unknown) => {
    throw asAuthorityMistake(error, flags);
  });
}

async function perform(
  http: HttpBackground,
  [id, url, options, post]: CallArguments,
  settings: Pick<CallSettings, "into" | "decompress">,
): Promise<Result> {
  // In one terminal, the line would be in the middle of the content.
  const isMixed = typeof settings.into === "object" && process.stdout.isTTY;
  const line = showProgress(isMixed ? NO_TERMINAL : process.stderr, post.fileBytes);
  // Content may still be written when the transfer has ended.
  const ending = new AbortController();
  const end = (): void => {
    ending.abort();
    void http.destroy();
  };
  try {
    const call = { ...settings, stream: false, signal: ending.signal, onProgress: line.onProgress } as const;
    return await endOnSignal(end, () => http.http_background(id, url, options, post.value, call));
  } finally {
    line.end();
    await http.close();
  }
}
