import { type Explanation, explainCall } from "../call-explanation.ts";
import { AUTHORITY_FLAGS, asAuthorityMistake, readAuthorities } from "./authorities.ts";
import { type Command, EXIT, Mistake } from "./command.ts";
import { readConfig } from "./config-file.ts";
import { asFlag } from "./flag-advice.ts";
import { parseFlags } from "./flags.ts";
import { asPolicyMistake, POLICY_FLAGS, readPolicy } from "./policy-flags.ts";
import { formatJson } from "./result.ts";
import { writeForeign } from "./terminal.ts";

const HELP = `Usage: http-background explain METHOD URL [--allow ORIGIN …] [--allow-rule FILE …] [--block HOST …] [--application]
                               [--environment-proxy] [--thread ID] [--config FILE]
                               [--cacert FILE] [--json]

Says whether a script may make a call, which rule decides this, and what would allow the call. It also says
which addresses the host has, and which thread and which connection the call would use. It looks the name of
the host up, but it sends nothing else.

      --allow ORIGIN   an origin that may be reached: https://api.example.com, https://*.example.com, http://*:*
      --allow-rule FILE
                       rules of JSON or YAML: { origin, methods, paths, headers, … }, or a list of them
      --block HOST     a host that may not be reached: a name, *.name, an address, a range such as 10.0.0.0/8, private
      --application    explains a call of an application, which may reach everything if there is no --allow
      --environment-proxy
                       uses the proxies of http_proxy and similar variables. An application always uses them. A
                       script uses them only if its runtime has the option environmentProxy
      --thread ID      a thread of the configuration; by default the first one
      --config FILE    Halon's smtpd.yaml, or {"threads": […]} as YAML or JSON
      --cacert FILE    trusts the certificates in this file (PEM) instead of the system's
      --json           prints the explanation as JSON
  -h, --help           prints this help

Exit codes: 0 allowed; 1 denied; 2 the command was wrong.

Examples:
  http-background explain GET https://api.example.com/hook --allow 'https://*.example.com'
  http-background explain POST http://localhost:8080/ --allow 'http://*:*'
`;

const FLAGS = {
  ...POLICY_FLAGS,
  ...AUTHORITY_FLAGS,
  application: { type: "boolean" },
  "environment-proxy": { type: "boolean" },
  thread: { type: "string" },
  config: { type: "string" },
  json: { type: "boolean" },
} as const;

/** `http-background explain`. */
export const explain: Command = { help: HELP, flags: FLAGS, run };

async function run(args: string[]): Promise<number> {
  const { method, url, flags } = parseExplain(args);
  const thread = await threadOf(flags);
  const policy = await readPolicy(flags);
  const explanation = await explainCall(url, {
    method,
    thread,
    audience: flags.application ? "application" : "script",
    policy: policy.rules,
    environmentProxy: flags["environment-proxy"] ?? false,
    env: process.env,
    ca: await readAuthorities(flags),
  }).catch((error: unknown) => {
    if (isTransferFailure(error)) throw new Mistake(`${url}: ${error.message}`);
    throw asPolicyMistake(asAuthorityMistake(error, flags), policy);
  });
  writeForeign(
    process.stdout,
    flags.json ? `${formatJson({ method, ...explanation })}\n` : text(method, explanation),
  );
  return explanation.allowed ? EXIT.status : EXIT.error;
}

function parseExplain(args: string[]) {
  const { positionals, values } = parseFlags(args, FLAGS);
  const [method, url, ...more] = positionals;
  if (method === undefined || url === undefined) throw new Mistake("it takes a METHOD and a URL");
  if (more.length > 0) throw new Mistake(`too many arguments: "${more.join(" ")}"`);
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(method)) throw new Mistake(`"${method}" is not a method`);
  return { method, url, flags: values };
}

/** Without a file, any thread exists. */
async function threadOf({ thread, config: path }: { thread?: string; config?: string }): Promise<string> {
  if (path === undefined) return thread ?? "default";
  const { threads } = await readConfig(path);
  const [first] = threads;
  if (thread === undefined && first !== undefined) return first.id;
  if (thread !== undefined && threads.some(({ id }) => id === thread)) return thread;
  const ids = threads.map(({ id }) => `"${id}"`).join(", ");
  throw new Mistake(`${path} has ${ids || "no threads"}${thread === undefined ? "" : `, not "${thread}"`}`);
}

function isTransferFailure(error: unknown): error is Error {
  return error instanceof Error && error.name === "TransferFailure";
}

function text(method: string, explanation: Explanation): string {
  const { allowed, rule, address, range, advice, origin, addresses, withoutAddresses } = explanation;
  const because = range === null ? null : `${address ?? "the host"}: ${range}`;
  const { proxy, countedAs, tls, protocols } = explanation.connection;
  const rows: [label: string, value: string | null][] = [
    ["rule", rule],
    ["address", range === null ? address : null],
    ["because", because],
    ["to allow it", advice === null ? null : asFlag(advice)],
    ["adds", explanation.adds.length > 0 ? explanation.adds.join(", ") : null],
    ["asks", explanation.asks ? "decide of the rule" : null],
    ["addresses", withoutAddresses === null ? addresses.join(", ") : `none: ${withoutAddresses}`],
    ["thread", explanation.thread],
    ["connection", proxy === null ? origin : `${origin} through ${proxy}`],
    ["counted as", countedAs],
    ["TLS", tls],
    ["offers", protocols.length > 0 ? protocols.join(", ") : null],
  ];
  const lines = rows
    .filter(([, value]) => value !== null)
    .map(([label, value]) => `  ${label.padEnd(13)}${value}`);
  return `${allowed ? "allowed" : "denied"}: ${method} ${origin}\n${lines.join("\n")}\n`;
}
