import { type Config, createHttpBackground } from "../index.ts";
import {
  createScriptRuntime,
  type RunOptions,
  type Script,
  ScriptError,
  type ScriptRequest,
  type ScriptRuntime,
} from "../script/index.ts";
import { AUTHORITY_FLAGS, asAuthorityMistake, readAuthorities } from "./authorities.ts";
import { type Command, EXIT, Mistake } from "./command.ts";
import { readConfig } from "./config-file.ts";
import { Denials } from "./denials.ts";
import { parseFlags } from "./flags.ts";
import { TimedOut } from "./input.ts";
import { LearnedRules } from "./learned-rules.ts";
import { asPolicyMistake, type GivenPolicy, POLICY_FLAGS, readPolicy } from "./policy-flags.ts";
import { asBytes, requireText } from "./raw-arguments.ts";
import { isInJavaScript, type RunSource, readSource, SOURCE_FLAGS } from "./run-source.ts";
import { GRANT_FLAGS, readGrants } from "./script-grants.ts";
import { endOnSignal } from "./signals.ts";
import { ForeignWriter, writeForeign } from "./terminal.ts";
import { TimeLimit } from "./time-limit.ts";
import { usageText } from "./usage-text.ts";

const HELP = `Usage: http-background run (SCRIPT | - | --eval TEXT)
                           [--allow ORIGIN …] [--allow-rule FILE …] [--block HOST …] [--open OPTION …]
                           [--config FILE] [--cacert FILE] [--file NAME=PATH …] [--x509 NAME=PATH …] [--key NAME=PATH …]
                           [--package NAME …] [--enable FEATURE …] [--entry NAME] [--timeout SECONDS]
                           [--learn] [--usage] [--] [ARGUMENT …]

Runs a script in the sandbox, and prints its output. SCRIPT is a file in JavaScript (.js, .mjs), TypeScript (.mts) or
AssemblyScript (.ts), or WebAssembly that was built before. With - it is JavaScript from standard input.
The script can reach only what is allowed.

  -e, --eval TEXT       runs this text, which is JavaScript. All arguments are the script's

      --allow ORIGIN    an origin that it may reach: https://api.example.com, https://*.example.com, http://127.0.0.1:*
      --allow-rule FILE rules of JSON or YAML: { origin, methods, paths, headers, … }, or a list of them
      --block HOST      a host that it may not reach: a name, *.name, an address, a range such as 10.0.0.0/8, private
      --open OPTION     an option that it may use although it widens what it can do: proxy, sourceip,
                        tls_verify_peer, tls_verify_host, tls_client_cert
      --file NAME=PATH  a file that it may send under this name, and may read if it has at most 16 MiB
      --x509 NAME=PATH  a certificate (PEM) that it may use under this name
      --key NAME=PATH   a private key (PEM) that it may use under this name
      --package NAME    a package of AssemblyScript that it may import; otherwise it can use only the files of its folder
      --enable FEATURE  a feature of WebAssembly that it may use: simd, relaxed-simd, reference-types
      --config FILE     Halon's smtpd.yaml, or {"threads": […]} as YAML or JSON; without it there is one thread, "default"
      --cacert FILE     trusts the certificates in this file (PEM) instead of the system's
      --entry NAME      the exported function to call; by default main, in JavaScript the default export
      --timeout SECONDS for everything, also what is read before; by default 30
      --learn           prints to standard error the --allow entries that the script asks for, allowed or not, and the
                        smallest rules for --allow-rule
      --usage           prints to standard error what the run has used, however it ends
  -h, --help            prints this help

Exit codes: 0 the script came to its end; 1 it failed; 2 it could not be started, because the command was wrong
or the script does not compile; 130, 143 SIGINT or SIGTERM ended the run.

Examples:
  http-background run hook.ts --allow https://api.example.com -- first second
  http-background run --eval 'console.log((await fetch("http://127.0.0.1:8080/")).status)' --allow 'http://127.0.0.1:*'
  http-background run mail.wasm --allow 'http://127.0.0.1:*' --file mail=message.eml
`;

const FLAGS = {
  ...POLICY_FLAGS,
  ...GRANT_FLAGS,
  ...SOURCE_FLAGS,
  ...AUTHORITY_FLAGS,
  open: { type: "string", multiple: true },
  config: { type: "string" },
  entry: { type: "string" },
  timeout: { type: "string" },
  learn: { type: "boolean" },
  usage: { type: "boolean" },
} as const;

/** `http-background run`. */
export const run: Command = { help: HELP, flags: FLAGS, takesBytes: true, run: runScript };

/** The flags whose value is neither a path nor something that is sent. */
const TEXT_FLAGS = ["allow", "block", "open", "package", "enable", "entry", "timeout"] as const;

/** That of a runtime without limits of its own. */
const DEFAULT_TIMEOUT_S = 30;

/** What the script has asked for. */
interface Learned {
  readonly origins: Set<string>;
  readonly rules: LearnedRules;
}

type Flags = ReturnType<typeof parseFlags<typeof FLAGS>>["values"];

async function runScript(args: string[]): Promise<number> {
  const { positionals, values: flags } = parseFlags(args, FLAGS);
  const source = readSource(positionals, flags);
  for (const name of TEXT_FLAGS) {
    for (const value of [flags[name] ?? []].flat()) requireText(`--${name}`, value);
  }
  const timeout = readTimeout(flags.timeout);
  const limit = new TimeLimit(timeout * 1000);
  try {
    return await runWithin({ limit, timeout }, source, flags);
  } catch (error) {
    if (!(error instanceof TimedOut)) throw error;
    throw new Mistake("the time was over before everything was read", { cause: error, isOfUsage: false });
  }
}

interface Time {
  readonly limit: TimeLimit;
  /** Seconds. */
  readonly timeout: number;
}

/** Runs the script in the time that is left when all its files were read. */
async function runWithin(time: Time, source: RunSource, flags: Flags): Promise<number> {
  const { signal } = time.limit;
  const grants = await readGrants(flags, signal);
  const config: Config = flags.config
    ? await readConfig(flags.config, signal)
    : { threads: [{ id: "default" }] };
  const learned: Learned = { origins: new Set(), rules: new LearnedRules() };
  const policy = await readPolicy(flags, signal);
  const ca = await readAuthorities(flags, signal);
  const http = await createHttpBackground(config, { ca }).catch((error: unknown) => {
    throw asAuthorityMistake(error, flags);
  });
  const runtime = openRuntime(http, { policy, open: flags.open, learned });
  const denials = new Denials();
  try {
    const script = await loadScript(runtime, source, signal);
    if (script instanceof ScriptError) return tellFailure(source.name, script);
    const given = { ...grants, args: source.args.map(asBytes), timeout: time.timeout };
    return await runEntry(
      script,
      { path: source.name, entry: flags.entry, tellsUsage: flags.usage, signal },
      given,
    );
  } finally {
    denials.end();
    if (flags.learn) printLearned(learned);
    else denials.print(source.name);
    await runtime.destroy();
    await http.destroy();
  }
}

function openRuntime(
  http: Awaited<ReturnType<typeof createHttpBackground>>,
  { policy, open, learned }: { policy: GivenPolicy; open: string[] | undefined; learned: Learned },
): ScriptRuntime {
  try {
    const onOrigin = (entry: string): void => void learned.origins.add(entry);
    const onRequest = (request: ScriptRequest): void => learned.rules.add(request);
    return createScriptRuntime({ http, ...policy.rules, options: open, onOrigin, onRequest });
  } catch (error) {
    throw asPolicyMistake(error, policy);
  }
}

/** With these codes nothing of the script has run. */
const NOT_STARTED: ReadonlySet<string> = new Set(["COMPILE_FAILED", "NO_COMPILER"]);

/**
 * Code at the top level of JavaScript can run when the script is loaded. Then its failure is one of the script.
 *
 * @throws {Mistake} if there is no such file, or if it is not a script; TimedOut
 */
async function loadScript(
  runtime: ScriptRuntime,
  source: RunSource,
  signal: AbortSignal | undefined,
): Promise<Script | ScriptError> {
  const { name } = source;
  try {
    return await source.load(runtime, signal);
  } catch (error) {
    if (error instanceof Mistake || error instanceof TimedOut) throw error;
    if (error instanceof ScriptError && !NOT_STARTED.has(error.code)) return error;
    const { code, message } = error as NodeJS.ErrnoException;
    const isMissing = code === "ENOENT";
    const why = isMissing ? `there is no file "${name}"` : `${name}: ${message}`;
    throw new Mistake(why, { cause: error, isOfUsage: isMissing });
  }
}

interface Running {
  readonly path: string;
  readonly entry: string | undefined;
  readonly tellsUsage: boolean | undefined;
  readonly signal: AbortSignal | undefined;
}

async function runEntry(
  script: Script,
  { path, entry, tellsUsage, signal }: Running,
  given: RunOptions,
): Promise<number> {
  const controller = new AbortController();
  const late = new ScriptError("TIME_LIMIT", `it took more than ${given.timeout} s`);
  signal?.addEventListener("abort", () => controller.abort(late));
  if (signal?.aborted) throw new TimedOut();
  const end = (): void => controller.abort(new ScriptError("CLOSED", "it was interrupted"));
  const output = new ForeignWriter(process.stdout);
  const onOutput = (bytes: Buffer): void => output.write(bytes);
  try {
    const options = { ...given, onOutput, signal: controller.signal };
    const { usage } = await endOnSignal(end, () => script.run(entry, options).finally(() => output.end()));
    if (tellsUsage) process.stderr.write(usageText(usage));
    return EXIT.status;
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    if (error.code === "NO_ENTRY") throw noEntry(path, entry, script.entries);
    const code = tellFailure(path, error);
    if (tellsUsage && error.usage !== undefined) process.stderr.write(usageText(error.usage));
    return code;
  }
}

function tellFailure(path: string, { message, code }: ScriptError): number {
  writeForeign(process.stderr, `${path}: ${message} (${code})\n`);
  return EXIT.error;
}

function noEntry(path: string, entry: string | undefined, entries: readonly string[]): Mistake {
  const names = entries.join(", ") || "nothing that can be run";
  const isJavaScript = isInJavaScript(path);
  const wanted = entry ?? (isJavaScript ? "default" : "main");
  const kind = isJavaScript ? "" : " without parameters";
  const advice = isJavaScript && entries.length === 0 ? `; write "export default function main() { … }"` : "";
  return new Mistake(`${path} exports no function "${wanted}"${kind}; it exports ${names}${advice}`);
}

function readTimeout(text: string | undefined): number {
  if (text === undefined) return DEFAULT_TIMEOUT_S;
  const seconds = Number(text);
  if (!(seconds > 0)) throw new Mistake(`--timeout: "${text}" is not a number of seconds above 0`);
  return seconds;
}

function printLearned({ origins, rules }: Learned): void {
  const lines = [...origins].sort().map((entry) => `  --allow ${entry}\n`);
  const found = rules.rules().map((rule) => `  ${JSON.stringify(rule)}`);
  const text =
    lines.length > 0
      ? `the script asks for\n${lines.join("")}or, in a file for --allow-rule,\n[\n${found.join(",\n")}\n]\n`
      : "the script asks for nothing\n";
  writeForeign(process.stderr, text);
}
