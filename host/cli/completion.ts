import { nearestName } from "../api/nearest-name.ts";
import { type Command, type CommandEntry, type Commands, EXIT, Mistake } from "./command.ts";
import { bashCompletion } from "./completion/bash.ts";
import { fishCompletion } from "./completion/fish.ts";
import type { CompletedCommand, CompletedFlag } from "./completion/words.ts";
import { zshCompletion } from "./completion/zsh.ts";
import { parseFlags } from "./flags.ts";
import { OPTION_NAMES } from "./option-values.ts";

const HELP = `Usage: http-background completion bash|zsh|fish

Prints a script with which a shell completes commands and their options. To use it:

  bash   eval "$(http-background completion bash)"      in ~/.bashrc
  zsh    eval "$(http-background completion zsh)"       in ~/.zshrc, after compinit
  fish   http-background completion fish | source       in ~/.config/fish/config.fish

  -h, --help   prints this help
`;

const PROGRAM = "http-background";
const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

/** `http-background completion`. */
export const completion: Command = { help: HELP, flags: {}, words: Object.keys(SHELLS), run };

/** The flags whose values are files, or one of some words. All other values are text. */
const FILES: ReadonlySet<string> = new Set([
  "allow-rule",
  "cacert",
  "config",
  "file",
  "key",
  "out",
  "output",
  "x509",
]);
const WORDS: Readonly<Record<string, readonly string[]>> = {
  option: OPTION_NAMES.map((name) => `${name}=`),
  request: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
  open: ["proxy", "sourceip", "tls_verify_peer", "tls_verify_host", "tls_client_cert"],
  runtime: ["incremental", "minimal", "stub"],
  enable: ["simd", "relaxed-simd", "reference-types"],
};

async function run(args: string[], all: Commands): Promise<number> {
  const [shell, ...more] = parseFlags(args, {}).positionals;
  if (shell === undefined || more.length > 0) throw new Mistake("it takes one shell: bash, zsh or fish");
  if (!Object.hasOwn(SHELLS, shell)) {
    const nearest = nearestName(shell, Object.keys(SHELLS));
    const hint = nearest === undefined ? "it is one of bash, zsh, fish" : `did you mean "${nearest}"?`;
    throw new Mistake(`there is no completion for "${shell}"; ${hint}`);
  }
  process.stdout.write(await completionFor(shell as keyof typeof SHELLS, all));
  return EXIT.status;
}

/** The script for one shell. */
export async function completionFor(shell: keyof typeof SHELLS, all: Commands): Promise<string> {
  return SHELLS[shell](PROGRAM, await Promise.all([...all].map(describe)));
}

async function describe([name, { summary, load }]: [string, CommandEntry]): Promise<CompletedCommand> {
  const { flags, words = [] } = await load();
  return { name, summary, words, flags: Object.entries(flags).map(describeFlag) };
}

function describeFlag([name, { type, short }]: [string, Command["flags"][string]]): CompletedFlag {
  const words = WORDS[name] ?? [];
  const kind = words.length > 0 ? "words" : FILES.has(name) ? "file" : "text";
  return { name, short, value: type === "boolean" ? null : kind, words };
}
