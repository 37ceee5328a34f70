import {
  type CallSettings,
  type Config,
  createHttpBackground,
  type HttpBackground,
  type Result,
  type StringLike,
} from "../index.ts";
import { AUTHORITY_FLAGS, asAuthorityMistake, readAuthorities } from "./authorities.ts";
import { HELP } from "./call-help.ts";
import { CallReport, REPORT_FLAGS } from "./call-report.ts";
import { type Command, Mistake } from "./command.ts";
import { readConfig } from "./config-file.ts";
import { assignmentsOf, CURL_FLAGS } from "./curl-flags.ts";
import { curlHint } from "./curl-hints.ts";
import { parseFlags } from "./flags.ts";
import { TimedOut } from "./input.ts";
import { OPTION_NAMES, readOptions } from "./option-values.ts";
import { OUTPUT_FLAGS, type Output, outputFor } from "./output.ts";
import { openPost, POST_FLAGS, type Post } from "./post.ts";
import { asBytes, requireText } from "./raw-arguments.ts";
import { endOnSignal, Interrupted } from "./signals.ts";
import { readSeconds, TimeLimit } from "./time-limit.ts";

const FLAGS = {
  option: { type: "string", short: "O", multiple: true },
  config: { type: "string" },
  compressed: { type: "boolean" },
  ...AUTHORITY_FLAGS,
  ...CURL_FLAGS,
  ...POST_FLAGS,
  ...OUTPUT_FLAGS,
  ...REPORT_FLAGS,
} as const;

/** `http-background call`. */
export const call: Command = { help: HELP, flags: FLAGS, takesBytes: true, run };

async function run(args: string[]): Promise<number> {
  const given = parseCall(args);
  const output = outputFor(given.flags);
  const report = new CallReport(given.flags, output.isRaw);
  const code = await perform(given, output, report);
  await report.print(code);
  return code;
}

interface Given {
  readonly id: string;
  readonly url: StringLike;
  readonly flags: ReturnType<typeof parseFlags<typeof FLAGS>>["values"];
}

function parseCall(args: string[]): Given {
  const { positionals, values } = parseFlags(args, FLAGS, curlHint);
  const [id, url, ...more] = positionals;
  if (id === undefined || url === undefined) throw new Mistake(`it takes an ID and a URL${idFirst(id)}`);
  if (more.length > 0) throw new Mistake(`too many arguments: "${more.join(" ")}"`);
  const flags = values.head ? { ...values, include: true } : values;
  if (flags.output !== undefined) refuseOption(flags.output);
  return { id: requireText("ID", id), url: asBytes(url), flags };
}

/** Whoever knows curl gives only a URL. */
function idFirst(only: string | undefined): string {
  const isUrl = only !== undefined && /^https?:|[./]/i.test(only);
  return isUrl ? `, such as call default ${only}` : "";
}

/** In earlier versions, `-o` set options. */
function refuseOption(output: string): void {
  const [name = ""] = output.split("=", 1);
  const isOption = output.includes("=") && OPTION_NAMES.includes(name);
  if (isOption)
    throw new Mistake(
      `-o ${output}: options of the call are set with -O ${output}; -o names a file (./${output})`,
    );
}

/** Does the call, from what it reads to what it prints. */
async function perform(given: Given, output: Output, report: CallReport): Promise<number> {
  const { flags } = given;
  const limit = new TimeLimit(limitMs(flags));
  let post: Post | undefined;
  let http: HttpBackground | undefined;
  try {
    const assignments = [...(await assignmentsOf(flags, limit.signal)), ...(flags.option ?? [])];
    const options = await readOptions(assignments, limit.signal);
    const config = await configFor(given.id, flags.config, limit.signal);
    http = await open(config, flags, limit.signal);
    post = await openPost(flags, limit.signal);
    report.begin(post.fileBytes);
    const request = [given.id, given.url, options, post.value] as const;
    const settings = { timeoutMs: limit.leftMs, decompress: flags.compressed };
    return await output.print(await transfer(http, request, { limit, settings, output, report }));
  } catch (error) {
    if (error instanceof TimedOut) return output.print(report.end(TIMED_OUT));
    // All is closed. What a reader that stands still has not taken would keep the process alive.
    if (error instanceof Interrupted && process.stdout.writableLength > 0) process.exit(error.exitCode);
    throw error;
  } finally {
    await post?.close();
    await http?.close();
  }
}

/** The result if its time is over before it can begin. */
const TIMED_OUT: Result = { error: "Timeout was reached", code: "OPERATION_TIMEDOUT" };

/** The smaller one of `-m` and `-O timeout`; 0 if there is none. */
function limitMs(flags: Given["flags"]): number {
  const [timeout] = (flags.option ?? []).filter((one) => one.startsWith("timeout="));
  // That of the option has whole seconds. What is wrong with it is said when it is read.
  const ofOption = Math.trunc(Number(timeout?.slice("timeout=".length) ?? 0)) || 0;
  const limits = [readSeconds("-m", flags["max-time"]), ofOption].filter((seconds) => seconds > 0);
  return limits.length === 0 ? 0 : Math.min(...limits) * 1000;
}

/** Without a file, the configuration has only the requested thread, without limits. */
async function configFor(id: string, path: string | undefined, signal?: AbortSignal): Promise<Config> {
  if (path === undefined) return { threads: [{ id }] };
  const config = await readConfig(path, signal);
  if (config.threads.some((thread) => thread.id === id)) return config;
  const ids = config.threads.map((thread) => `"${thread.id}"`).join(", ");
  throw new Mistake(`Missing ID in configuration: ${path} has ${ids || "no threads"}, not "${id}"`);
}

async function open(
  config: Config,
  flags: { cacert?: string },
  signal?: AbortSignal,
): Promise<HttpBackground> {
  const ca = await readAuthorities(flags, signal);
  return createHttpBackground(config, { ca }).catch((error: unknown) => {
    throw asAuthorityMistake(error, flags);
  });
}

type Request = readonly [id: string, url: StringLike, options: object, post: Post["value"]];

interface Transferring {
  readonly limit: TimeLimit;
  readonly settings: Pick<CallSettings, "timeoutMs" | "decompress">;
  readonly output: Output;
  readonly report: CallReport;
}

async function transfer(
  http: HttpBackground,
  request: Request,
  { limit, settings, output, report }: Transferring,
): Promise<Result> {
  // Content may still be written when the transfer has ended.
  const ending = new AbortController();
  const { signal } = ending;
  // The time of the call ends with the transfer. That of the command holds until all is written.
  limit.signal?.addEventListener("abort", () => ending.abort());
  const end = (): void => {
    ending.abort();
    void http.destroy();
  };
  const receive = async (): Promise<Result> => {
    const begun = await http.http_background(...request, {
      ...settings,
      signal,
      stream: true,
      onProgress: report.onProgress,
    });
    if (begun.error !== undefined) return begun;
    report.head(begun);
    return output.receive({ result: begun, protocol: report.protocol }, signal);
  };
  let result: Result | undefined;
  try {
    result = await endOnSignal(end, receive);
    if (limit.signal?.aborted && result.code === "ABORTED_BY_CALLBACK") result = TIMED_OUT;
    return report.end(result);
  } finally {
    if (result === undefined) report.stop();
    await http.close();
  }
}
